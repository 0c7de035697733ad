// Configuration, catalog and plan in one step, so that all that is wrong in all of them is told at once.

import { ConfigError } from '../config/config-error.ts';
import type { HostConfig } from '../config/host-config.ts';
import { readHostConfigLeniently } from '../config/read-host-config.ts';
import type { Catalog } from './catalog.ts';
import { draftPlan, type JobPlan } from './plan-jobs.ts';
import { scanPlugins } from './scan-plugins.ts';

export interface HostAsRead {
  readonly config: HostConfig;
  readonly catalog: Catalog;
  readonly plan: JobPlan;
}

/**
 * Reads host.config.json and the plugins folder it names.
 *
 * @throws {@link ConfigError} when the file has mistakes: all of them, those in names and in the jobs'
 *   own settings, and why plugins were refused
 * @example
 * const { config, plan } = await readHost('host.config.json', process.env);
 */
export async function readHost(path: string, env: NodeJS.ProcessEnv): Promise<HostAsRead> {
  const { config, problems } = await readHostConfigLeniently(path, env);
  const catalog = await scanPlugins(config.pluginsFolder);
  const { mistakes, ...plan } = draftPlan(catalog, config);
  const ofFile = [...problems, ...mistakes.filter(({ at }) => !isTold(at))];
  if (ofFile.length > 0) {
    const others = plan.problems.filter(({ at }) => !isTold(at));
    throw new ConfigError(path, [...ofFile, ...others]);
  }
  return { config, catalog, plan };

  // A member with a mistake was left out, so what is said about its place now is of our own making.
  function isTold(at: string): boolean {
    return problems.some(
      (told) => told.at === at || told.at.startsWith(`${at}.`) || told.at.startsWith('pools'),
    );
  }
}
