// Carries what is wrong with a job to those that depend on it.

import { didYouMean } from '../config/did-you-mean.ts';
import { memberPath } from '../config/member-path.ts';
import type { Catalog, CodedProblem } from './catalog.ts';
import { findCycles } from './dependency-graph.ts';
import type { HostJob, JobDependency, JobState } from './host-job.ts';

/** For each job, the names of those it depends on. */
export function edgesOf(jobs: readonly HostJob[]): Map<string, string[]> {
  return new Map(jobs.map(({ name, dependsOn }) => [name, dependsOn.map(({ job }) => job)]));
}

/**
 * Refuses jobs whose dependencies do not run here or go in a circle; passes over optional ones.
 *
 * @param jobs - dependencies before dependants, but for circles
 */
export function settleDependencies(jobs: readonly HostJob[], catalog: Catalog): HostJob[] {
  const enabled = jobs.filter(({ state }) => state.kind !== 'disabled');
  const cycles = findCycles(edgesOf(enabled));
  const settled = new Map<string, HostJob>();
  for (const job of jobs) settled.set(job.name, job.state.kind === 'disabled' ? job : settle(job));
  return [...settled.values()];

  function settle(job: HostJob): HostJob {
    const problems: CodedProblem[] = job.state.kind === 'refused' ? [...job.state.problems] : [];
    const refuse = (problem: string) => {
      const at = memberPath(['jobs', job.name]);
      problems.push({ code: 'BFD_JOB_DEPENDENCY', at, problem });
    };
    const cycle = cycles.get(job.name);
    if (cycle) refuse(`depends on itself: ${cycle.join(' → ')}`);
    const dependsOn = job.dependsOn.map((dependency): JobDependency => {
      const isOnCircle = cycle !== undefined && cycles.has(dependency.job);
      const why = isOnCircle ? undefined : whyAbsent(dependency.job);
      if (why === undefined) return dependency;
      if (!dependency.isOptional) refuse(why);
      return { ...dependency, isPresent: false };
    });
    const state: JobState = problems.length > 0 ? { kind: 'refused', problems } : { kind: 'ready' };
    return { ...job, dependsOn, state };
  }

  function whyAbsent(name: string): string | undefined {
    const other = settled.get(name);
    switch (other?.state.kind) {
      case 'ready':
        return undefined;
      case 'disabled': {
        const line = `"jobs": { "${name}": { "enabled": true } }`;
        return `depends on "${name}", which is disabled; to enable it, set ${line}`;
      }
      case 'refused':
        return `depends on "${name}", which is refused`;
      case undefined:
        return whyUnknown(name);
    }
  }

  function whyUnknown(name: string): string {
    const refusal = catalog.refused.find(({ job, jobs: all }) =>
      job === undefined ? all?.includes(name) : job === name,
    );
    if (refusal) return `depends on "${name}" of ${refusal.folder}, which was not loaded`;
    const names = jobs.map((job) => job.name);
    return `depends on "${name}", which no plugin here has${didYouMean(name, names)}`;
  }
}
