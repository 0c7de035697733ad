/** Makes a new database cluster; a first start that is killed leaves nothing half made. */
import { spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PostgresStartError } from '../errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { giveTo } from './placement.ts';
import { commandAs, type RunAs } from './run-as.ts';

export const SUPERUSER = 'postgres';

export interface ClusterPlan {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  readonly dataDir: string;
  readonly adminPassword: string;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs initdb beside the data folder's place, then moves the result there.
 *
 * @throws {@link PostgresStartError} when initdb fails
 */
export async function createCluster(plan: ClusterPlan): Promise<void> {
  const { dataDir, runAs } = plan;
  await removeHalfMade(dataDir);
  const half = `${dataDir}.init-${process.pid}`;
  const passwordFile = `${half}.password`;
  try {
    await mkdir(half, { mode: 0o700 });
    await giveTo(runAs, half);
    await writeFile(passwordFile, `${plan.adminPassword}\n`, { mode: 0o600 });
    await giveTo(runAs, passwordFile);
    await runInitdb(plan, half, passwordFile);
    await appendFile(join(half, 'postgresql.conf'), "\ninclude 'bfd.conf'\n");
    await rename(half, dataDir);
  } finally {
    await rm(passwordFile, { force: true });
    await removeFolder(half);
  }
}

/** The environment of PostgreSQL's programs: nothing of ours, no PGHOST or PGDATA of the user's. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

async function removeHalfMade(dataDir: string): Promise<void> {
  const folder = dirname(dataDir);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(dataDir)}.init-`)) continue;
    await removeFolder(join(folder, name));
  }
}

// Retries: an initdb whose starter was killed goes on for a moment, until it misses its folder.
async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10 });
}

async function runInitdb(plan: ClusterPlan, half: string, passwordFile: string): Promise<void> {
  const { bin, major } = plan.binaries;
  // The built-in provider sorts by code point on every machine; it came with version 17.
  const locale =
    major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8'];
  const command = commandAs(plan.runAs, join(bin, 'initdb'), [
    `--pgdata=${half}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    ...locale,
    '--no-instructions',
  ]);
  const initdb = spawn(command.file, command.args, {
    ...command.identity,
    cwd: '/',
    env: programEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // the terminal's Ctrl-C is for the host, which then decides
    ...(plan.signal === undefined ? {} : { signal: plan.signal }),
  });
  let said = '';
  initdb.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    initdb.once('error', reject);
    initdb.once('close', resolve);
  });
  if (status === 0) return;
  await writeFile(plan.logFile, said, { flag: 'a', mode: 0o600 });
  const firstError = /error: (.*)/.exec(said)?.[1] ?? `it ended with ${status}`;
  throw new PostgresStartError(`initdb failed (${firstError})`, plan.logFile);
}
