// What a host under development runs: the plugin that is being written, whatever it says of being enabled, and those
// its jobs depend on, as far as they lie here. Always on embedded services of the plugin's own, below its folder: no
// mistake of a job that is half written reaches a database that matters.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { JobManifest } from '@bfd-host/sdk/runtime';
import type { Catalog, CatalogPlugin } from '../catalog/catalog.ts';
import { planJobs } from '../catalog/plan-jobs.ts';
import { readPlugin } from '../catalog/read-plugin.ts';
import { scanPlugins } from '../catalog/scan-plugins.ts';
import { ConfigError } from '../config/config-error.ts';
import { withoutServices } from '../config/environment.ts';
import type { HostConfig, JobSettings } from '../config/host-config.ts';
import { hostConfigOf, readHostConfigLeniently } from '../config/read-host-config.ts';
import type { Problem } from '../errors.ts';
import type { Setup } from '../setup.ts';

export const CONFIG_FILE = 'host.config.json';

/** The configuration that goes with a plugin: its own, else that of the folder one is in, else none. */
export function configFileFor(pluginFolder: string): string | undefined {
  return [path.join(pluginFolder, CONFIG_FILE), path.resolve(CONFIG_FILE)].find((file) =>
    existsSync(file),
  );
}

/** Where state and embedded services of a plugin under development are. */
export function devStateFolder(pluginFolder: string): string {
  return path.join(pluginFolder, '.bfd');
}

/**
 * Reads what the host is to run.
 *
 * @param pluginFolder - the source
 * @param builtFolder - holds its plugin.json
 * @param configFile - absent: the usual values
 * @throws {@link ConfigError} with everything that is wrong
 */
export async function devSetup(
  pluginFolder: string,
  builtFolder: string,
  configFile: string | undefined,
): Promise<Setup> {
  const file = configFile ?? path.join(pluginFolder, CONFIG_FILE);
  const env = withoutServices(process.env);
  const read = configFile
    ? await readHostConfigLeniently(file, env)
    : await hostConfigOf({ value: {}, problems: [] }, file, env);
  const { plugin, refused } = await readPlugin(builtFolder, path.basename(pluginFolder));
  if (!plugin) {
    throw new ConfigError(
      file,
      refused.map(({ folder, problem, remedy }) => ({
        at: folder,
        problem: `${problem}. ${remedy}`,
      })),
    );
  }
  const others = await scanOthers(read.config.pluginsFolder, plugin);
  const needed = withDependencies(plugin, others);
  const notices: Problem[] = [];
  const catalog: Catalog = {
    plugins: [leaveOutAbsent(plugin, needed, notices), ...needed],
    refused,
    unbuilt: [],
    notices: [],
  };
  const config = devConfig(read.config, plugin, [plugin, ...needed], others, pluginFolder);
  const plan = planJobs(catalog, config);
  // A host in production starts without a job that cannot run. Here it is what everybody waits for.
  const ownRefusals = plan.jobs.flatMap(({ plugin: { name }, state }) =>
    name === plugin.name && state.kind === 'refused' ? state.problems : [],
  );
  const mistakes = [...read.problems, ...plan.problems, ...ownRefusals];
  if (mistakes.length > 0) throw new ConfigError(file, mistakes);
  return { config, catalog, jobs: plan.jobs, notices: [...notices, ...plan.notices] };
}

async function scanOthers(
  pluginsFolder: string,
  own: CatalogPlugin,
): Promise<readonly CatalogPlugin[]> {
  if (!existsSync(pluginsFolder)) return [];
  const { plugins } = await scanPlugins(pluginsFolder);
  return plugins.filter(({ name }) => name !== own.name);
}

function withDependencies(
  own: CatalogPlugin,
  others: readonly CatalogPlugin[],
): readonly CatalogPlugin[] {
  const needed = new Set<CatalogPlugin>();
  const look = ({ jobs }: CatalogPlugin): void => {
    for (const { job } of jobs.flatMap(({ dependsOn = [] }) => dependsOn)) {
      const found = others.find((other) => other.jobs.some(({ name }) => name === job));
      if (!found || needed.has(found)) continue;
      needed.add(found);
      look(found);
    }
  };
  look(own);
  return [...needed];
}

/** A job that depends on one of another host could not run here at all: it runs, and that is told. */
function leaveOutAbsent(
  own: CatalogPlugin,
  needed: readonly CatalogPlugin[],
  notices: Problem[],
): CatalogPlugin {
  const present = new Set([own, ...needed].flatMap(({ jobs }) => jobs.map(({ name }) => name)));
  const jobs = own.jobs.map((job): JobManifest => {
    if (!job.dependsOn) return job;
    const dependsOn = job.dependsOn.map((dependency) => {
      if (present.has(dependency.job) || dependency.optional) return dependency;
      const problem = `depends on "${dependency.job}", which is not here; it runs without`;
      notices.push({ at: job.name, problem });
      return { ...dependency, optional: true };
    });
    return { ...job, dependsOn };
  });
  return { ...own, jobs };
}

function devConfig(
  config: HostConfig,
  own: CatalogPlugin,
  installed: readonly CatalogPlugin[],
  others: readonly CatalogPlugin[],
  pluginFolder: string,
): HostConfig {
  // What the file says of plugins that lie here and are not needed says nothing now.
  const absent = others.filter((other) => !installed.includes(other));
  const absentPlugins = new Set(absent.map(({ name }) => name));
  const absentJobs = new Set(
    absent.flatMap(({ manifest }) => manifest.jobs.map(({ name }) => name)),
  );
  const jobs: Record<string, JobSettings> = Object.create(null);
  for (const [name, settings] of Object.entries(config.jobs)) {
    if (!absentJobs.has(name)) jobs[name] = settings;
  }
  for (const { name } of own.jobs) {
    const settings = jobs[name] ?? { fanOut: false, debugOutput: false };
    jobs[name] = { ...settings, enabled: true, startup: true, debugOutput: true };
  }
  return {
    ...config,
    mode: 'development',
    database: { kind: 'embedded', poolSize: config.database.poolSize },
    s3: { kind: 'embedded' },
    stateFolder: devStateFolder(pluginFolder),
    // The file's collectors are production's; one that the author's shell names is meant.
    telemetry: {},
    jobs,
    plugins: Object.assign(
      Object.create(null),
      Object.fromEntries(
        Object.entries(config.plugins)
          .filter(([name]) => !absentPlugins.has(name))
          // A role or an S3 of its own would lead out of here.
          .map(([name, { database: _database, s3: _s3, ...settings }]) => [name, settings]),
      ),
    ),
  };
}
