/** The embedded PostgreSQL: started or adopted by the first who needs it, stopped by the last. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStackStateError, PostgresStartError, PostgresVersionError } from '../errors.ts';
import type { Home } from '../home.ts';
import { openLog } from '../log-file.ts';
import { freePort } from '../ports.ts';
import { waitForEnd } from '../process-identity.ts';
import type { PostgresState } from '../state.ts';
import {
  APPLICATION_DATABASE,
  APPLICATION_ROLE,
  prepareDatabase,
  takesSessions,
} from './application.ts';
import { copyBinaries, findBinaries, type PostgresBinaries } from './binaries.ts';
import { createCluster, programEnvironment, SUPERUSER } from './cluster.ts';
import { chooseBase, dataFolder, giveTo, othersCanReach } from './placement.ts';
import { clearRemains, findPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';
import { chooseRunAs, commandAs, type RunAs } from './run-as.ts';
import { settingsFile } from './settings.ts';

export interface PostgresEndpoint {
  /** As the application: role `bfd`, no superuser, may create roles, owns the database `bfd`. */
  readonly url: string;
  /** As the superuser, in the database `postgres`: for tests and benchmarks. */
  readonly adminUrl: string;
}

/** Called with what must be remembered before the next step, since this process may die any time. */
export type Remember = (state: PostgresState) => Promise<void>;

const READY_MS = 10 * 60_000; // the recovery after a crash may have gigabytes of log to replay
const START_TRIES = 3;
const DYING_MS = 2000;
const PORT_TRIES = 3;
const POLL_MS = 10;

/**
 * Brings the server up, or takes over the one that runs. The caller holds the stack's lock.
 *
 * @throws {@link PostgresStartError}, {@link PostgresVersionError} and those of the steps below
 */
export async function ensurePostgres(
  home: Home,
  before: PostgresState | undefined,
  remember: Remember,
  signal: AbortSignal | undefined,
): Promise<PostgresEndpoint> {
  let known = before;
  for (let attempt = 1; ; attempt++) {
    const { state, running } = await bringUp(home, known, remember, signal);
    known = { ...state, port: running.port };
    await remember(known);
    const endpoint = endpointOf(known, running.port);
    try {
      await prepareDatabase(endpoint.adminUrl, known, home.postgresLog, signal);
    } catch (error) {
      // It came up and was killed before we could talk to it: that is no fault of its own. (One that
      // is just dying has no sockets any more and is still in the process table.)
      if (attempt < START_TRIES && (await waitForEnd(running, DYING_MS))) continue;
      throw error;
    }
    if (!known.isPrepared) await remember({ ...known, isPrepared: true });
    return endpoint;
  }
}

/** Stops the server of this state, if one runs. */
export async function stopPostgres(home: Home, state: PostgresState): Promise<void> {
  const running = findPostmaster(resolve(home.path, state.dataDir));
  if (running === undefined) return;
  // A fast stop that meets a server in its recovery, also the one after a killed backend, never ends
  // (seen with 18.4: checkpointer and I/O workers stay). So it must be up, or be cut short.
  const { adminUrl } = endpointOf(state, running.port);
  const isUp = running.status === 'ready' && (await takesSessions(adminUrl));
  await stopPostmaster(running, isUp ? 'fast' : 'immediate');
}

/** Ends the server of this state at once, if one runs: nothing is written out, and the next start recovers. */
export async function crashPostgres(home: Home, state: PostgresState): Promise<void> {
  const running = findPostmaster(resolve(home.path, state.dataDir));
  if (running !== undefined) await stopPostmaster(running, 'immediate');
}

interface Ground {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** Absolute. */
  readonly dataDir: string;
  readonly state: PostgresState;
}

async function bringUp(
  home: Home,
  known: PostgresState | undefined,
  remember: Remember,
  signal: AbortSignal | undefined,
): Promise<{ state: PostgresState; running: Postmaster }> {
  const running = known && (await adoptable(resolve(home.path, known.dataDir), signal));
  if (known !== undefined && running !== undefined) return { state: known, running };
  const ground = await prepareGround(home, known);
  await remember(ground.state);
  return { state: ground.state, running: await startCluster(home, ground, signal) };
}

async function adoptable(
  dataDir: string,
  signal: AbortSignal | undefined,
): Promise<Postmaster | undefined> {
  // Not ready means that whoever started or stopped it was killed meanwhile: we go on for them.
  for (;;) {
    const running = findPostmaster(dataDir);
    if (running === undefined || running.status === 'ready') return running;
    if (running.status === 'stopping') await stopPostmaster(running, 'fast');
    else await sleep(POLL_MS, undefined, { signal });
  }
}

async function prepareGround(home: Home, known: PostgresState | undefined): Promise<Ground> {
  const runAs = chooseRunAs();
  const base = await chooseBase(home.path, runAs);
  const found = await findBinaries(base, process.env);
  const bin =
    runAs.kind === 'other-user' && !othersCanReach(found.bin)
      ? await copyBinaries(found.bin, base)
      : found.bin;
  const before = known === undefined ? undefined : resolve(home.path, known.dataDir);
  const dataDir =
    before !== undefined && existsSync(before) ? before : await dataFolder(base, found.major);
  if (known === undefined && existsSync(dataDir)) {
    throw new LocalStackStateError(home.stateFile, `it does not know the data in ${dataDir}`);
  }
  const kept = known ?? {
    adminPassword: randomBytes(24).toString('base64url'),
    password: randomBytes(24).toString('base64url'),
    isPrepared: false,
  };
  const isInside = dirname(dataDir) === home.path;
  const state = { ...kept, dataDir: isInside ? basename(dataDir) : dataDir };
  return { runAs, binaries: { ...found, bin }, dataDir, state };
}

async function startCluster(
  home: Home,
  { binaries, runAs, dataDir, state }: Ground,
  signal: AbortSignal | undefined,
): Promise<Postmaster> {
  const { adminPassword } = state;
  const logFile = home.postgresLog;
  if (!existsSync(dataDir)) {
    await createCluster({ binaries, runAs, dataDir, adminPassword, logFile, signal });
  }
  const dataMajor = Number(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'));
  if (dataMajor !== binaries.major) {
    throw new PostgresVersionError(dataDir, dataMajor, binaries.major);
  }
  await clearRemains(dataDir);
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const port = await freePort(attempt === 1 ? state.port : undefined);
    const settings = join(dataDir, 'bfd.conf');
    await writeFile(settings, settingsFile(port), { mode: 0o600 });
    await giveTo(runAs, settings);
    const outcome = await startPostmaster(
      join(binaries.bin, 'postgres'),
      runAs,
      dataDir,
      logFile,
      signal,
    );
    if (typeof outcome !== 'string') return outcome;
    // One that a killed process had begun to start, and that was quicker.
    const other = await adoptable(dataDir, signal);
    if (other !== undefined) return other;
    const isPortTaken = outcome.includes('could not create any TCP/IP sockets');
    if (!isPortTaken || attempt === PORT_TRIES) throw new PostgresStartError(outcome, logFile);
  }
}

/** The ready server, or the last words of one that ended. */
async function startPostmaster(
  program: string,
  runAs: RunAs,
  dataDir: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<Postmaster | string> {
  await using log = await openLog(logFile);
  const command = commandAs(runAs, program, ['-D', dataDir]);
  const server = spawn(command.file, command.args, {
    ...command.identity,
    cwd: '/',
    env: programEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    detached: true, // a session of its own: it outlives us, and Ctrl-C is not for it
  });
  server.unref();
  const ended = new Promise<undefined>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => resolve(undefined));
  });
  const stopLooking = new AbortController();
  const stop = AbortSignal.any([stopLooking.signal, ...(signal === undefined ? [] : [signal])]);
  try {
    const running = await Promise.race([untilReady(dataDir, logFile, stop), ended]);
    return running ?? lastWords(await readFile(logFile, 'utf8'), log.sizeBefore);
  } catch (error) {
    server.kill('SIGQUIT'); // not SIGINT: see stopPostgres
    throw error;
  } finally {
    stopLooking.abort();
  }
}

async function untilReady(
  dataDir: string,
  logFile: string,
  signal: AbortSignal,
): Promise<Postmaster> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const running = findPostmaster(dataDir);
    if (running?.status === 'ready') return running;
    if (Date.now() > deadline) {
      throw new PostgresStartError('it is not ready after ten minutes', logFile);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function lastWords(log: string, from: number): string {
  const lines = log
    .slice(from)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /FATAL|PANIC|error/.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^.*(FATAL|PANIC):\s*/, '') ?? 'it ended without a word';
}

function endpointOf(state: PostgresState, port: number): PostgresEndpoint {
  const at = `127.0.0.1:${port}`;
  return {
    url: `postgresql://${APPLICATION_ROLE}:${state.password}@${at}/${APPLICATION_DATABASE}`,
    adminUrl: `postgresql://${SUPERUSER}:${state.adminPassword}@${at}/postgres`,
  };
}
