/** The embedded S3 server as a process of its own: started or adopted, and stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { S3StartError } from '../errors.ts';
import type { Home } from '../home.ts';
import { openLog } from '../log-file.ts';
import { identify, isRunning, signalProcess, waitForEnd } from '../process-identity.ts';
import type { S3State } from '../state.ts';
import { provesItself } from './proof.ts';
import type { S3ServerOptions } from './server.ts';

export interface S3Endpoint {
  /** `http://127.0.0.1:PORT`, path style. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the server's process is told on stdin. */
export type S3ProcessOptions = Omit<S3ServerOptions, 'log'>;

/** Called with what must be remembered before the next step, since this process may die any time. */
export type Remember = (state: S3State) => Promise<void>;

const REGION = 'us-east-1';
const STOP_MS = 5000;

/**
 * Brings the server up, or takes over the one that runs. The caller holds the stack's lock.
 *
 * @throws {@link S3StartError}
 */
export async function ensureS3(
  home: Home,
  known: S3State | undefined,
  remember: Remember,
  signal: AbortSignal | undefined,
): Promise<S3Endpoint> {
  const state = known ?? {
    accessKeyId: `BFD${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  if (await isHealthy(state)) return endpointOf(state, state.port);
  if (state.server !== undefined) {
    signalProcess(state.server, 'SIGKILL'); // ours by pid and start time, yet it does not answer
    await waitForEnd(state.server, STOP_MS);
  }
  const port = await start(home, state, remember, signal);
  return endpointOf(state, port);
}

/** Stops the server of this state, if it runs. */
export async function stopS3({ server }: S3State): Promise<void> {
  if (server === undefined) return;
  signalProcess(server, 'SIGTERM');
  if (await waitForEnd(server, STOP_MS)) return;
  signalProcess(server, 'SIGKILL');
  await waitForEnd(server, STOP_MS);
}

async function isHealthy(state: S3State): Promise<boolean> {
  const { server, port } = state;
  if (server === undefined || port === undefined || !isRunning(server)) return false;
  return provesItself(port, server.proofKey);
}

async function start(
  home: Home,
  state: S3State,
  remember: Remember,
  signal: AbortSignal | undefined,
): Promise<number> {
  const proofKey = randomBytes(32).toString('base64url');
  const { accessKeyId, secretAccessKey } = state;
  await using log = await openLog(home.s3Log);
  // Beside this file, as TypeScript in a checkout and as JavaScript in a build.
  const entry = new URL(`./main${extname(import.meta.url)}`, import.meta.url);
  const server = spawn(process.execPath, ['--disable-sigusr1', fileURLToPath(entry)], {
    cwd: '/',
    env: { PATH: process.env['PATH'], TZ: 'UTC' },
    stdio: ['pipe', 'pipe', log.fd],
    detached: true, // a session of its own: it outlives us, and Ctrl-C is not for it
  });
  const options: S3ProcessOptions = {
    folder: home.s3Folder,
    port: state.port ?? 0,
    proofKey,
    accessKeyId,
    secretAccessKey,
  };
  const identity = identify(server.pid ?? 0);
  if (identity !== undefined) await remember({ ...state, server: { ...identity, proofKey } });
  // Only while it starts: afterwards it belongs to all who join, whatever becomes of our signal.
  const giveUp = (): void => void server.kill('SIGKILL');
  signal?.addEventListener('abort', giveUp);
  try {
    const port = await Promise.race([askForPort(server, options), once(server, 'error')]);
    signal?.throwIfAborted();
    if (typeof port !== 'number' || identity === undefined) {
      throw new S3StartError(await lastWords(home, log.sizeBefore), home.s3Log);
    }
    await remember({ ...state, port, server: { ...identity, proofKey } });
    return port;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    server.unref();
  }
}

// Undefined when it ended before it could answer.
async function askForPort(
  server: ChildProcess,
  options: S3ProcessOptions,
): Promise<number | undefined> {
  if (server.stdin === null || server.stdout === null) throw new Error('started without pipes');
  server.stdin.on('error', () => undefined); // it ended at once: its log says why
  server.stdin.end(JSON.stringify(options));
  const answer = await text(server.stdout);
  if (answer === '') return undefined;
  const { port }: { port: number } = JSON.parse(answer);
  return port;
}

async function lastWords(home: Home, from: number): Promise<string> {
  const said = (await readFile(home.s3Log, 'utf8')).slice(from);
  const line = said.split('\n').findLast((one) => one.includes('Error'));
  return line?.trim() ?? 'it ended without a word';
}

function endpointOf(state: S3State, port: number | undefined): S3Endpoint {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: REGION,
    accessKeyId: state.accessKeyId,
    secretAccessKey: state.secretAccessKey,
  };
}
