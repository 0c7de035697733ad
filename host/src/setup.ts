// Configuration and plugins, read together so that what is wrong with either is told in one list.

import type { Catalog } from './catalog/catalog.ts';
import type { HostJob } from './catalog/host-job.ts';
import { planJobs } from './catalog/plan-jobs.ts';
import { refusals } from './catalog/refusals.ts';
import { scanPlugins } from './catalog/scan-plugins.ts';
import { ConfigError } from './config/config-error.ts';
import type { HostConfig } from './config/host-config.ts';
import { readHostConfigLeniently } from './config/read-host-config.ts';
import type { Problem } from './errors.ts';

export interface Setup {
  readonly config: HostConfig;
  readonly catalog: Catalog;
  /** All jobs found, in the order in which they run when one runs at a time. */
  readonly jobs: readonly HostJob[];
  readonly notices: readonly Problem[];
}

/**
 * Reads host.config.json and the plugins' manifests.
 *
 * @throws {@link ConfigError} naming every mistake in the file; what is wrong with a plugin refuses that plugin
 */
export async function readSetup(configFile: string, env: NodeJS.ProcessEnv): Promise<Setup> {
  const { setup, mistakes } = await readSetupLeniently(configFile, env);
  if (mistakes.length === 0) return setup;
  // What only refuses a plugin or a job does not stop a start, but whoever mends the file wants to see it too.
  const told = new Set(mistakes.map(({ at }) => at));
  const refused = refusals(setup.catalog, setup.jobs).filter(({ at }) => !told.has(at));
  throw new ConfigError(configFile, [...mistakes, ...refused]);
}

/**
 * The same, without what is wrong in the file: only to go on looking for more.
 *
 * @throws {@link ConfigError} when there is no such file or it is not JSON
 */
export async function readSetupLeniently(
  configFile: string,
  env: NodeJS.ProcessEnv,
): Promise<{ setup: Setup; mistakes: readonly Problem[] }> {
  const { config, problems } = await readHostConfigLeniently(configFile, env);
  const catalog = await scanPlugins(config.pluginsFolder);
  const plan = planJobs(catalog, config);
  const notices = [...catalog.notices, ...plan.notices];
  return {
    setup: { config, catalog, jobs: plan.jobs, notices },
    mistakes: [...problems, ...plan.problems],
  };
}

export function isReady(job: HostJob): boolean {
  return job.state.kind === 'ready';
}
