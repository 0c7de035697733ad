// Manifests and configuration joined into the list of jobs of this host.
//
// What is wrong with the file itself, such as a job's name that nobody has, stops the start: a mistyped
// `"enabled": false` must not leave a job running. What is wrong between the file and one plugin refuses that
// plugin's jobs, and those that depend on them: no plugin keeps the others from running.

import type { JobManifest } from '@bfd-host/sdk/runtime';
import { ConfigError } from '../config/config-error.ts';
import type { HostConfig } from '../config/host-config.ts';
import { memberPath } from '../config/member-path.ts';
import { pluginSettings } from '../config/read-host-config.ts';
import type { Problem } from '../errors.ts';
import { type Catalog, type CatalogPlugin, type CodedProblem, describeRefusal } from './catalog.ts';
import { checkNames } from './check-names.ts';
import { depths } from './dependency-graph.ts';
import { type HostJob, type JobDependency, type JobState, stated } from './host-job.ts';
import { checkJobConfig } from './job-config.ts';
import { effectiveSettings } from './job-settings.ts';
import { grantedPrivileges, grantLine, missingGrants } from './privileges.ts';
import { edgesOf, settleDependencies } from './settle-dependencies.ts';

export type { HostJob, JobDependency, JobState } from './host-job.ts';

export interface JobPlan {
  /** All jobs found, in the order in which they run when one runs at a time: dependencies first. */
  readonly jobs: readonly HostJob[];
  /** Why plugins and jobs were refused. The host starts without them, degraded. */
  readonly problems: readonly CodedProblem[];
  /** What an operator may want to know and nothing is refused for. */
  readonly notices: readonly Problem[];
}

/**
 * Joins catalog and configuration.
 *
 * @throws {@link ConfigError} when the file names what is not there; it then tells the plan's problems, too
 * @example
 * const { jobs, problems } = planJobs(await scanPlugins(config.pluginsFolder), config);
 */
export function planJobs(catalog: Catalog, config: HostConfig): JobPlan {
  const { mistakes, ...plan } = draftPlan(catalog, config);
  if (mistakes.length > 0) throw new ConfigError(config.file, [...mistakes, ...plan.problems]);
  return plan;
}

/** As {@link planJobs}, but mistakes of the file are returned. */
export function draftPlan(
  catalog: Catalog,
  config: HostConfig,
): JobPlan & { readonly mistakes: readonly Problem[] } {
  const drafts = catalog.plugins.flatMap((plugin) =>
    plugin.jobs.map((job) => draftJob(plugin, job, config)),
  );
  const jobs = settleDependencies(inOrder(drafts), catalog);
  const { mistakes, notices } = checkNames(catalog, config);
  return {
    jobs,
    mistakes,
    problems: [
      ...catalog.refused.map(describeRefusal),
      ...unique(jobs.flatMap(({ state }) => (state.kind === 'refused' ? state.problems : []))),
    ],
    notices: [...catalog.notices, ...notices],
  };
}

// A job with its own problems, before others are looked at.
function draftJob(plugin: CatalogPlugin, job: JobManifest, config: HostConfig): HostJob {
  const { problems, ...settings } = effectiveSettings(job, config);
  const own = [...problems, ...configProblems(job, config), ...privilegeProblems(plugin, config)];
  const { name, version, description, needs, hasItems } = job;
  return {
    name,
    version,
    ...(description === undefined ? {} : { description }),
    ...stated(ownState(job, config, own)),
    plugin,
    pluginSettings: pluginSettings(config, plugin.name),
    ...settings,
    dependsOn: (job.dependsOn ?? []).map(toDependency),
    config: config.jobs[name]?.config ?? {},
    needs,
    schemas: plugin.manifest.schemas,
    privileges: grantedPrivileges(plugin.manifest.privileges),
    hasItems,
  };
}

function ownState(
  job: JobManifest,
  config: HostConfig,
  problems: readonly CodedProblem[],
): JobState {
  const enabled = config.jobs[job.name]?.enabled;
  if (enabled === false) return { kind: 'disabled', because: 'file' };
  if (enabled === undefined && job.enabledByDefault === false) {
    return { kind: 'disabled', because: 'manifest' };
  }
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'ready' };
}

function configProblems(job: JobManifest, config: HostConfig): CodedProblem[] {
  const path = ['jobs', job.name, 'config'];
  const given = config.jobs[job.name]?.config;
  const code = 'BFD_JOB_CONFIG';
  if (job.configSchema) {
    return checkJobConfig(job.configSchema, given ?? {}, path).map((each) => ({ code, ...each }));
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
    optional,
    rerunOnVersionChange,
    isPresent: true,
  };
}

function inOrder(jobs: readonly HostJob[]): HostJob[] {
  const depth = depths(edgesOf(jobs));
  const depthOf = ({ name }: HostJob) => depth.get(name) ?? 0;
  return jobs.toSorted((a, b) => {
    if (depthOf(a) !== depthOf(b)) return depthOf(a) - depthOf(b);
    return b.priority - a.priority || (a.name < b.name ? -1 : 1);
  });
}

// Jobs of one plugin may share a problem, such as a privilege.
function unique(problems: readonly CodedProblem[]): CodedProblem[] {
  return problems.filter(
    ({ at, problem }, index) =>
      problems.findIndex((other) => other.at === at && other.problem === problem) === index,
  );
}
