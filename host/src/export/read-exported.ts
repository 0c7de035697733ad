// Configuration and plugins as an export needs them: without any secret, since none may get into what is written, and
// the machine that exports need not have them.

import type { Catalog, CatalogPlugin } from '../catalog/catalog.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { planJobs } from '../catalog/plan-jobs.ts';
import { scanPlugins } from '../catalog/scan-plugins.ts';
import { ConfigError } from '../config/config-error.ts';
import type { HostConfig } from '../config/host-config.ts';
import type { SecretReference } from '../config/interpolate.ts';
import { memberPath } from '../config/member-path.ts';
import { readHostConfigLeniently } from '../config/read-host-config.ts';

export interface ExportedSetup {
  readonly config: HostConfig;
  readonly jobs: readonly HostJob[];
  readonly references: readonly SecretReference[];
}

/**
 * Reads host.config.json and manifests. What depends on a secret is not checked: `bfd-host check`, run where the
 * secrets are, does that.
 *
 * @throws {@link ConfigError}
 */
export async function readExported(configFile: string): Promise<ExportedSetup> {
  // No environment either: what is exported must not depend on whose shell it is.
  const read = await readHostConfigLeniently(configFile, {}, { standIn: 'secret' });
  const { references } = read;
  const isSecret = (at: string) => references.some((secret) => at === secret.at);
  const catalog = await scanPlugins(read.config.pluginsFolder);
  const withSecrets = (job: string) => {
    const below = memberPath(['jobs', job, 'config']);
    return references.some(({ at }) => at.startsWith(`${below}.`) || at.startsWith(`${below}[`));
  };
  const config = { ...read.config, jobs: withoutConfig(read.config.jobs, withSecrets) };
  const plan = planJobs(withoutSchemas(catalog, withSecrets), config);
  const problems = [...read.problems.filter(({ at }) => !isSecret(at)), ...plan.problems];
  if (problems.length > 0) throw new ConfigError(configFile, problems);
  return { config, jobs: plan.jobs, references };
}

function withoutConfig(
  jobs: HostConfig['jobs'],
  isMeant: (job: string) => boolean,
): HostConfig['jobs'] {
  const kept: Record<string, HostConfig['jobs'][string]> = Object.create(null);
  for (const [name, settings] of Object.entries(jobs)) {
    const { config: _, ...rest } = settings;
    kept[name] = isMeant(name) ? rest : settings;
  }
  return kept;
}

function withoutSchemas(catalog: Catalog, isMeant: (job: string) => boolean): Catalog {
  const plugins = catalog.plugins.map((plugin): CatalogPlugin => {
    const jobs = plugin.jobs.map((job) => {
      const { configSchema: _, ...rest } = job;
      return isMeant(job.name) ? rest : job;
    });
    return { ...plugin, jobs };
  });
  return { ...catalog, plugins };
}
