// The host's own connections to the database it shares with other hosts and with the jobs.

import pg from 'pg';
import { DatabaseError, isUnanswered } from './database-error.ts';
import { sql } from './sql.ts';
import { within } from './within.ts';

export type Client = pg.PoolClient;

export interface Database extends AsyncDisposable {
  readonly url: string;
  /** The same database without a pooler between, for what a pooler cannot do. */
  readonly directUrl: string;
  readonly pool: pg.Pool;
  /** Runs `work` between BEGIN and COMMIT; rolls back what throws. */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** `url` if absent. */
  readonly directUrl?: string;
  readonly poolSize: number;
  readonly applicationName: string;
  /** Told when an idle connection breaks, which the pool mends by itself. */
  onConnectionLost?(error: Error): void;
}

const END_MS = 5000;
/**
 * Longest wait for an answer. The way to a server can fall silent and say nothing of it: what was asked there never comes
 * back, and keep-alive does not look while an answer is awaited. Shorter than a lease.
 */
export const ANSWER_MS = 10_000;
/** Idle for so long, a connection is tried: one that went silent is found within half a minute, not two hours. */
export const KEEP_ALIVE_MS = 10_000;

/** Opens the pool and proves that the database answers. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 10_000,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => options.onConnectionLost?.(error));
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw new DatabaseError(options.url, error);
  }
  return {
    url: options.url,
    directUrl: options.directUrl ?? options.url,
    pool,
    transaction: (work) => transaction(pool, work),
    [Symbol.asyncDispose]: () => within(END_MS, pool.end()),
  };
}

// A host that stops or is cut off in a transaction must not keep what it locked from all others: the server ends the session.
// And one that waits for such a lock is told so, before it gives up the connection. As statements, since a pooler
// refuses settings when a session begins.
const BEGIN = sql`
  begin; set local idle_in_transaction_session_timeout = '10s'; set local lock_timeout = '5s'`;

async function transaction<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle connections only. Without a listener, one that breaks in here would end the process.
  const onBreak = (error: Error): void => {
    broken = error;
  };
  client.on('error', onBreak);
  try {
    await client.query(BEGIN);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A client that cannot roll back is in an unknown state: it is destroyed, not returned to the pool.
    if (isUnanswered(error)) broken = error;
    else {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
    }
    throw error;
  } finally {
    client.off('error', onBreak);
    client.release(broken);
  }
}
