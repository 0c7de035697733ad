// Everything the doctor looks at. One thing that is broken keeps it from nothing else.

import { refusals } from '../catalog/refusals.ts';
import { openDatabase } from '../database/database.ts';
import { HostRegistry, type RegisteredHost } from '../engine/host-registry.ts';
import { RunStore } from '../runs/run-store.ts';
import { openServices, type Services } from '../services.ts';
import { readSetupLeniently, type Setup } from '../setup.ts';
import { HOST_VERSION } from '../version.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { lookAtDatabase } from './look-at-database.ts';
import { lookAtDisk, lookAtFolders } from './look-at-files.ts';
import { lookAtIsolation } from './look-at-isolation.ts';
import { lookAtHosts, lookAtJobs } from './look-at-jobs.ts';
import { lookAtPage } from './look-at-page.ts';
import { lookAtS3 } from './look-at-s3.ts';

/** @throws ConfigError when there is no configuration to begin with */
export async function examine(configFile: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { setup, mistakes } = await readSetupLeniently(configFile, env);
  const { config } = setup;
  const findings = [
    ...configuration(mistakes),
    ...plugins(setup, new Set(mistakes.map(({ at }) => at))),
    ok('versions', 'versions', `bfd-host ${HOST_VERSION} on Node ${process.version}`),
    ...(await lookAtFolders(config)),
    ...(await lookAtDisk(config)),
    ...(await lookAtIsolation()),
  ];
  // Without its state folder or the packages it asks for there are no services, and what comes of that is told as theirs.
  const services = await openServices(config).catch((error: unknown) => serviceFinding(error));
  if (!('databaseUrl' in services)) return [...findings, services];
  await using open = services;
  return [...findings, ...(await withServices(setup, open))];
}

async function withServices(setup: Setup, services: Services): Promise<Finding[]> {
  const { config, jobs } = setup;
  const { databaseUrl: url, s3, isS3Embedded: isEmbedded } = services;
  const [ofDatabase, ofS3] = await Promise.all([
    lookAtDatabase({ url, config, jobs }),
    lookAtS3({ s3, isEmbedded, jobs }),
  ]);
  const records = ofDatabase.some(({ kind }) => kind === 'schema')
    ? await readRecords(url, setup)
    : undefined;
  return [
    ...ofDatabase,
    ...ofS3,
    ...(await lookAtPage(config.http, records?.hosts ?? [])),
    ...(records?.findings ?? []),
  ];
}

function configuration(mistakes: readonly { at: string; problem: string }[]): Finding[] {
  if (mistakes.length === 0)
    return [ok('configuration', 'configuration', 'host.config.json has no mistake')];
  return mistakes.map(({ at, problem }) =>
    wrong(
      'configuration',
      'config-mistake',
      `${at} ${problem}`,
      'Correct it in host.config.json (docs/config.md); no host starts before.',
    ),
  );
}

function plugins({ catalog, jobs, notices }: Setup, told: ReadonlySet<string>): Finding[] {
  const refused = refusals(catalog, jobs)
    .filter(({ at }) => !told.has(at))
    .map(({ at, problem, code }) =>
      wrong('plugins', code, `${at} ${problem}`, 'Do what it says, then restart the host.'),
    );
  const noted = notices.map(({ at, problem }) =>
    warning('plugins', 'notice', `${at} ${problem}`, 'Mend it when you are there.'),
  );
  const found = [...refused, ...noted];
  return found.length > 0
    ? found
    : [ok('plugins', 'plugins', `${catalog.plugins.length} plugins are loaded`)];
}

function serviceFinding(error: unknown): Finding {
  const text =
    error instanceof Error && 'code' in error && String(error.code).startsWith('BFD_')
      ? error.message
      : 'the embedded services do not start';
  return wrong(
    'database',
    'services',
    text.replace(/\.$/, ''),
    'Do what it says; host/docs/errors.md has more.',
  );
}

/** What hosts wrote down, if this role may read it. The schema is there, though perhaps of an older host. */
async function readRecords(
  url: string,
  { jobs }: Setup,
): Promise<{ hosts: readonly RegisteredHost[]; findings: Finding[] }> {
  try {
    await using database = await openDatabase({
      url,
      poolSize: 2,
      applicationName: 'bfd-host doctor',
    });
    const store = new RunStore(database, NOBODY);
    const hosts = await new HostRegistry(database, NOBODY).hosts();
    return {
      hosts,
      findings: [...lookAtJobs(jobs, await store.jobStates()), ...lookAtHosts(hosts)],
    };
  } catch {
    const finding = warning(
      'jobs',
      'records-unreadable',
      'what is recorded of jobs cannot be read',
      '`bfd-host migrate`, and grant the role what its answer says.',
    );
    return { hosts: [], findings: [finding] };
  }
}

/** The doctor is no host. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
