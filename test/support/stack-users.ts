/** Other processes that join a local stack, and a look at the processes of its services. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  joinLocalStack,
  type PostgresEndpoint,
  type S3Endpoint,
} from '../../tools/local-stack/src/index.ts';
import { identify } from '../../tools/local-stack/src/process-identity.ts';

export interface StackUserOptions {
  readonly home: string;
  readonly postgres?: boolean;
  readonly s3?: boolean;
  /** As whom to run; root only. */
  readonly uid?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** A process group of its own, to be signalled as a terminal does. */
  readonly detached?: boolean;
}

export interface StackUser {
  readonly pid: number;
  readonly postgres?: PostgresEndpoint;
  readonly s3?: S3Endpoint;
  readonly refused?: { readonly code: string; readonly message: string };
  leave(): Promise<void>;
  /** kill -9, and wait for the end. */
  kill(): Promise<void>;
}

/** Starts a process that joins the stack; resolves once it has, or was refused. */
export async function startStackUser(options: StackUserOptions): Promise<StackUser> {
  const { home, postgres = false, s3 = false, uid } = options;
  const program = fileURLToPath(new URL('./stack-user.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify({ home, postgres, s3 })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: options.env ?? process.env,
    detached: options.detached === true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error('the user of the stack ended without a word'))),
  ]);
  return {
    pid: child.pid ?? 0,
    ...JSON.parse(line),
    async leave() {
      child.stdin.end();
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export interface TemporaryHome extends AsyncDisposable {
  readonly path: string;
}

/** A place for a stack; at the end its services are stopped and it is gone. */
export function temporaryHome(owner?: number): TemporaryHome {
  const folder = mkdtempSync(join(tmpdir(), 'bfd-stack-'));
  if (owner !== undefined) chownSync(folder, owner, owner);
  const path = join(folder, '.bfd');
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (owner === undefined) await stopRemains(path);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Lets every user of the machine pass the folder above the home. */
export function openToOthers(home: string): void {
  chmodSync(join(home, '..'), 0o755);
}

/** The pid of the server of this home's PostgreSQL. */
export function postmasterPid(home: string): number {
  return Number(readFileSync(join(home, 'pg18', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** The pid of this home's S3 server. */
export function s3Pid(home: string): number {
  return JSON.parse(readFileSync(join(home, 'local-stack.json'), 'utf8')).s3.server.pid;
}

/** An ended process that nobody has reaped yet does not count. */
export function isAlive(pid: number): boolean {
  return identify(pid) !== undefined;
}

/** Waits until something holds, at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come to hold within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// A failed test may leave services behind: whoever joins without wanting any stops them.
async function stopRemains(home: string): Promise<void> {
  try {
    const stack = await joinLocalStack({ home, postgres: false, s3: false });
    await stack.leave();
  } catch {
    // a home that cannot be joined has no services of ours
  }
}
