/**
 * One migration at a time per database, whoever runs it: two hosts, a host and a command, two versions of
 * this plugin.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { JobError, type Pool, type PoolClient } from '@bfd-host/sdk';

/** Key of the session lock. An arbitrary number; it must never change and nothing else may use it. */
export const SCHEMA_LOCK = 4_209_071_142;

const POLL_MS = 200;

/**
 * Runs `work` on a session of its own that holds the lock, and lets go afterwards, whatever happened.
 *
 * The lock is asked for again and again instead of waited for in the database: a waiting statement could be
 * aborted only over a second connection, which the quota may not allow.
 *
 * @param options.waitMs - how long to ask, in milliseconds
 * @throws JobError `BFD_SCHEMA_LOCKED` when another session holds it all that time
 * @example
 * const version = await withSchemaLock(db, { waitMs: 60_000, signal }, (client) => migrate(client));
 */
export async function withSchemaLock<T>(
  db: Pool,
  options: { readonly waitMs: number; readonly signal: AbortSignal },
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await db.connect();
  // A connection that breaks between two statements says so here; the next statement then fails.
  const ignore = () => {};
  client.on('error', ignore);
  let isClean = false;
  try {
    await lock(client, options);
    const result = await work(client);
    isClean = await unlock(client);
    return result;
  } finally {
    // A session that failed may be in any state; ending it rolls back and unlocks.
    client.release(!isClean);
    client.off('error', ignore);
  }
}

async function lock(
  client: PoolClient,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ isOurs: boolean }>(
      'select pg_try_advisory_lock($1) as "isOurs"',
      [SCHEMA_LOCK],
    );
    if (rows[0]?.isOurs) return;
    if (performance.now() >= giveUpAt) throw lockedError(waitMs);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** False when the session broke: what was done is committed, and its end unlocks as well. */
async function unlock(client: PoolClient): Promise<boolean> {
  try {
    await client.query('select pg_advisory_unlock($1)', [SCHEMA_LOCK]);
    return true;
  } catch {
    return false;
  }
}

function lockedError(waitMs: number): JobError {
  return new JobError(
    'BFD_SCHEMA_LOCKED',
    'The schema was not migrated: another session has been at it for {waitedS} s. Wait for it, or find it in pg_locks (locktype "advisory").',
    { waitedS: Math.round(waitMs / 1000) },
  );
}
