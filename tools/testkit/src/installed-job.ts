// A job in a project: its plugin dropped in, its configuration written and read again as a host reads it.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HostJob, Services } from '@bfd-host/host/testing';
import type { HostParts } from './host-parts.ts';
import type { JobToTest, JsonObject } from './job-to-test.ts';
import type { TestProject } from './test-project.ts';
import { TestkitError } from './testkit-error.ts';

export interface InstalledJob {
  readonly job: HostJob;
  /** As the job's process reaches them. */
  readonly services: Services;
}

/** The ways of the job's process to its services, where they are not the straight ones. */
export interface Ways {
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
}

/** What plugin.json says that a test needs to know. */
export interface PluginNames {
  readonly plugin: string;
  readonly job: string;
  /** Its other jobs, which the test does not configure. */
  readonly others: readonly string[];
}

/**
 * The job a test means.
 *
 * @throws {@link TestkitError}
 */
export async function namesOf({ job, plugin }: JobToTest, built: string): Promise<PluginNames> {
  const text = await readFile(path.join(built, 'plugin.json'), 'utf8');
  const manifest = JSON.parse(text) as { name: string; jobs: { name: string }[] };
  const names = manifest.jobs.map(({ name }) => name);
  const meant = job ?? (names.length === 1 ? names[0] : undefined);
  if (meant !== undefined && names.includes(meant)) {
    return { plugin: manifest.name, job: meant, others: names.filter((name) => name !== meant) };
  }
  const all = names.map((name) => `'${name}'`).join(', ');
  throw new TestkitError(
    'BFD_TESTKIT_JOB',
    job === undefined
      ? `The plugin of ${plugin} has the jobs ${all}. Say which one: job: ${all.split(', ')[0]}.`
      : `The plugin of ${plugin} has no job '${job}'; it has ${all}.`,
  );
}

/**
 * Configures the job and reads what comes of it.
 *
 * @throws the host's own error, with everything that is wrong with the configuration
 */
export async function installJob(
  host: HostParts,
  project: TestProject,
  names: PluginNames,
  given: { readonly config?: JsonObject; readonly settings?: JsonObject; readonly ways?: Ways },
): Promise<InstalledJob> {
  const { config, settings, ways } = given;
  await project.configure({
    jobs: {
      ...Object.fromEntries(names.others.map((other) => [other, { enabled: false }])),
      [names.job]: { enabled: true, ...(config ? { config } : {}) },
    },
    ...(settings ? { plugins: { [names.plugin]: settings } } : {}),
  });
  const file = path.join(project.folder, 'host.config.json');
  // Not with the environment of the test: a database or an S3 it names is not meant for this one.
  const { catalog, jobs, config: read } = await host.readSetup(file, {});
  // What a job depends on is not here, and a test runs it all the same.
  const problems = host.refusals(catalog, jobs).filter(({ code }) => code !== 'BFD_JOB_DEPENDENCY');
  const job = jobs.find(({ name }) => name === names.job);
  if (problems.length > 0 || !job) throw new host.ConfigError(file, problems);
  return { job, services: detour(await host.openServices(read), ways) };
}

function detour(services: Services, ways: Ways | undefined): Services {
  if (!ways) return services;
  const { databaseUrl, s3Endpoint } = ways;
  return {
    ...services,
    databaseUrl,
    directUrl: databaseUrl,
    s3: { ...services.s3, endpoint: s3Endpoint },
  };
}
