/**
 * A lock file that several processes can trust, also when its owner was killed.
 *
 * The file comes into being with its content in one step (a hard link to a finished file), so nobody
 * ever reads half an owner. A dead owner's file may only be removed by the holder of a second lock,
 * `<path>.break`, after another look: otherwise two processes that both saw the dead owner could
 * remove each other's new lock. That second lock is taken by the same rules.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStackBusyError, systemCode } from './errors.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 20;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for a living owner, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Runs `work` while this process holds the lock at `path`.
 *
 * @throws {@link LocalStackBusyError} when a living owner keeps it for longer than `waitMs`
 * @example
 * await withLock('/home/me/.bfd/lock', { waitMs: 120_000 }, async () => startServices());
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, { signal, waitMs }: LockOptions): Promise<void> {
  const ticket = `${path}.${process.pid}.${randomUUID()}`;
  await writeFile(ticket, JSON.stringify(ownIdentity()), { mode: 0o600, flag: 'wx' });
  try {
    const since = Date.now();
    for (;;) {
      signal?.throwIfAborted();
      if (await linked(ticket, path)) return;
      const owner = await readOwner(path);
      if (owner === undefined) continue; // released meanwhile
      if (!isRunning(owner)) {
        await breakLock(path, { signal, waitMs });
        continue;
      }
      const waitedMs = Date.now() - since;
      if (waitedMs > waitMs) throw new LocalStackBusyError(path, owner.pid, waitedMs);
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    await rm(ticket, { force: true });
  }
}

async function linked(ticket: string, path: string): Promise<boolean> {
  try {
    await link(ticket, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function breakLock(path: string, options: LockOptions): Promise<void> {
  await withLock(`${path}.break`, options, async () => {
    const owner = await readOwner(path);
    if (owner !== undefined && !isRunning(owner)) await unlink(path);
  });
}

async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const owner: unknown = JSON.parse(text);
    if (isIdentity(owner)) return owner;
  } catch {
    // not JSON: see below
  }
  // A file of ours is never half written; one that is (a full disk, an editor) has no living owner.
  return { pid: 0, startedAt: '' };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startedAt' in value &&
    typeof value.startedAt === 'string'
  );
}
