// The host's own connections to the database it shares with other hosts and with the jobs.

import pg from 'pg';
import { DatabaseError } from './database-error.ts';

export type Client = pg.PoolClient;

export interface Database extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Runs `work` between BEGIN and COMMIT; rolls back what throws. */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  /** Told when an idle connection breaks, which the pool mends by itself. */
  onConnectionLost?(error: Error): void;
}

/** Opens the pool and proves that the database answers. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
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
    pool,
    transaction: (work) => transaction(pool, work),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

async function transaction<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A client that cannot roll back is in an unknown state: it is destroyed, not returned to the pool.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
