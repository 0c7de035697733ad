// Manifests and configuration joined into the list of jobs of this host.
//
// What is wrong with the file itself, such as a job's name that nobody has, stops the start: a mistyped
// `"enabled": false` must not leave a job running. What is wrong between the file and one plugin refuses that
// plugin's jobs, and those that depend on them: no plugin keeps the others from running.

import type { JobManifest } from '@bfd-host/sdk/runtime';
import type { HostConfig } from '../config/host-config.ts';
import { memberPath } from '../config/member-path.ts';
import { pluginSettings } from '../config/read-host-config.ts';
import type { Problem } from '../errors.ts';
import type { Catalog, CatalogPlugin, CodedProblem } from './catalog.ts';
import { checkNames } from './check-names.ts';
import { depths, findCycles } from './dependency-graph.ts';
import type { HostJob, JobDependency, JobState } from './host-job.ts';
import { CheckTime, checkJobConfig } from './job-config.ts';
import { effectiveSettings } from './job-settings.ts';
import { grantedPrivileges, grantLine, missingGrants } from './privileges.ts';
import { edgesOf, settleDependencies } from './settle-dependencies.ts';

export interface JobPlan {
  /** All jobs found, in the order in which they run when one runs at a time: dependencies first. */
  readonly jobs: readonly HostJob[];
  /** Mistakes of the file, which stop the start. What is wrong with a single job is in its state. */
  readonly problems: readonly Problem[];
  /** What an operator may want to know and nothing is refused for. */
  readonly notices: readonly Problem[];
}

/**
 * Joins catalog and configuration.
 *
 * @example
 * const { jobs, problems } = planJobs(await scanPlugins(config.pluginsFolder), config);
 */
export function planJobs(catalog: Catalog, config: HostConfig): JobPlan {
  const drafts = catalog.plugins.flatMap((plugin) => {
    const time = new CheckTime();
    return plugin.jobs.map((job) => draftJob(plugin, job, config, time));
  });
  const jobs = settleDependencies(inOrder(drafts), catalog);
  return { jobs, ...checkNames(catalog, config) };
}

// A job with its own problems, before others are looked at.
function draftJob(
  plugin: CatalogPlugin,
  job: JobManifest,
  config: HostConfig,
  time: CheckTime,
): HostJob {
  const { problems, ...settings } = effectiveSettings(job, config);
  const { name, version, description, needs, hasItems } = job;
  return {
    name,
    version,
    ...(description === undefined ? {} : { description }),
    state:
      disabled(job, config) ??
      enabled([
        ...problems,
        ...configProblems(job, config, time),
        ...privilegeProblems(plugin, config),
      ]),
    plugin,
    pluginSettings: pluginSettings(config, plugin.name),
    ...settings,
    dependsOn: (job.dependsOn ?? []).map(toDependency),
    config: config.jobs[name]?.config ?? {},
    needs,
    privileges: grantedPrivileges(plugin.manifest.privileges),
    hasItems,
  };
}

function disabled(job: JobManifest, config: HostConfig): JobState | undefined {
  const enabled = config.jobs[job.name]?.enabled;
  if (enabled === false) return { kind: 'disabled', because: 'file' };
  const isOff = enabled === undefined && job.enabledByDefault === false;
  return isOff ? { kind: 'disabled', because: 'manifest' } : undefined;
}

function enabled(problems: readonly CodedProblem[]): JobState {
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'ready' };
}

function configProblems(job: JobManifest, config: HostConfig, time: CheckTime): CodedProblem[] {
  const path = ['jobs', job.name, 'config'];
  const given = config.jobs[job.name]?.config;
  const code = 'BFD_JOB_CONFIG';
  if (job.configSchema) {
    return checkJobConfig(job.configSchema, given ?? {}, path, time).map((each) => ({
      code,
      ...each,
    }));
  }
  if (given === undefined || Object.keys(given).length === 0) return [];
  const problem = 'is not known: the job takes no configuration';
  return [{ code, at: memberPath(path), problem }];
}

function privilegeProblems(plugin: CatalogPlugin, config: HostConfig): CodedProblem[] {
  const declared = plugin.manifest.privileges;
  const { grant } = pluginSettings(config, plugin.name);
  const missing = missingGrants(declared, grant);
  if (missing.length === 0) return [];
  const line = grantLine(plugin.name, declared, grant);
  const at = memberPath(['plugins', plugin.name, 'grant']);
  const problem = `the plugin asks for ${missing.join(', ')}; to allow it, add ${line}`;
  return [{ code: 'BFD_PLUGIN_PRIVILEGES', at, problem }];
}

function toDependency(declared: NonNullable<JobManifest['dependsOn']>[number]): JobDependency {
  const { job, version, maxAgeMs, optional = false, rerunOnVersionChange = false } = declared;
  return {
    job,
    ...(version === undefined ? {} : { version }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    isOptional: optional,
    rerunOnVersionChange,
    isPresent: true,
  };
}

// Dependencies first; among the jobs whose dependencies have their place, the one of highest priority.
function inOrder(jobs: readonly HostJob[]): HostJob[] {
  const edges = edgesOf(jobs);
  const cycles = findCycles(edges);
  const depth = depths(edges);
  const depthOf = ({ name }: HostJob) => depth.get(name) ?? 0;
  const waiting = jobs.toSorted((a, b) => {
    if (a.priority !== b.priority) return b.priority - a.priority;
    if (depthOf(a) !== depthOf(b)) return depthOf(a) - depthOf(b);
    return a.name < b.name ? -1 : 1;
  });
  const placed = new Map<string, HostJob>();
  // Jobs that depend on themselves are refused later; until then they do not wait for each other.
  const waitsFor = (job: HostJob, other: string) =>
    edges.has(other) && !placed.has(other) && !(cycles.has(job.name) && cycles.has(other));
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      (job) => !job.dependsOn.some((dependency) => waitsFor(job, dependency.job)),
    );
    for (const job of waiting.splice(next, 1)) placed.set(job.name, job);
  }
  return [...placed.values()];
}
