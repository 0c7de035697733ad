// What must hold before a run may start. Read from the database's job rows, never from the run table, whose
// rows are pruned.

import type { HostJob, JobDependency } from '../catalog/host-job.ts';
import { CrashBreaker } from '../isolation/crash-breaker.ts';
import type { JobState } from '../runs/run-store.ts';
import { versionSatisfies } from './versions.ts';

export type Verdict =
  | { readonly isOpen: true }
  | { readonly isOpen: false; readonly reason: string };

/** Everything a gate looks at. */
export interface GateFacts {
  readonly states: ReadonlyMap<string, JobState>;
  /** Runs that wait or are being worked on, by job. */
  readonly depth: ReadonlyMap<string, { readonly waiting: number; readonly active: number }>;
}

/** Whether a queued run of `job` may start, and if not, the first reason why. */
export function gateVerdict(job: HostJob, facts: GateFacts): Verdict {
  for (const dependency of job.dependsOn) {
    const reason = whyNot(dependency, facts);
    if (reason) return { isOpen: false, reason };
  }
  return { isOpen: true };
}

/** Whether a job whose process keeps dying may start now. A run that is let through then is the probe. */
export function crashVerdict(state: JobState | undefined): Verdict {
  if (!state?.crashes) return { isOpen: true };
  const verdict = new CrashBreaker(state.crashes).verdict(state.asOf.getTime());
  if (verdict.kind !== 'wait') return { isOpen: true };
  const until = new Date(verdict.until).toISOString();
  return {
    isOpen: false,
    reason: verdict.isQuarantined
      ? `it is quarantined for crashing; it is tried again at ${until}, or after \`bfd-host release\``
      : `its process died; it is started again at ${until}`,
  };
}

function whyNot(dependency: JobDependency, facts: GateFacts): string | undefined {
  const { job: name, version, maxAgeMs } = dependency;
  if (!dependency.isPresent) return undefined;
  const depth = facts.depth.get(name);
  const state = facts.states.get(name);
  if (state?.isRunning || (depth?.active ?? 0) > 0) return `${name} is running`;
  if ((depth?.waiting ?? 0) > 0) return `${name} is queued`;
  if (!state?.lastFinishedAt) return `${name} has not run yet`;
  if (state.lastResult !== 'succeeded') return `the last run of ${name} ${state.lastResult}`;
  if (version !== undefined && !versionSatisfies(state.lastVersion ?? '', version)) {
    return `${name} is at version ${state.lastVersion ?? '(none)'}, and ${version} is needed`;
  }
  if (maxAgeMs !== undefined && state.asOf.getTime() - state.lastFinishedAt.getTime() > maxAgeMs) {
    return `the last run of ${name} is older than ${Math.round(maxAgeMs / 1000)} s`;
  }
  return undefined;
}
