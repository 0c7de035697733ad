/**
 * The role and database the application gets. No superuser: a superuser can run programs (COPY …
 * PROGRAM), and production has none to give. It may create roles, since a plugin can have its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PostgresStartError, systemCode } from '../errors.ts';
import type { PostgresState } from '../state.ts';

export const APPLICATION_ROLE = 'bfd';
export const APPLICATION_DATABASE = 'bfd';

const CONNECT_MS = 60_000;

/**
 * Proves that the server answers and, once, makes role and database. Safe to repeat after a crash.
 *
 * @throws {@link PostgresStartError} when the server refuses our password, or does not answer
 */
export async function prepareDatabase(
  adminUrl: string,
  state: PostgresState,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const client = await connect(adminUrl, logFile, signal);
  try {
    if (state.isPrepared) return;
    const role = client.escapeIdentifier(APPLICATION_ROLE);
    const password = client.escapeLiteral(state.password);
    const found = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = $1) as role,
              exists (select from pg_database where datname = $2) as database`,
      [APPLICATION_ROLE, APPLICATION_DATABASE],
    );
    const has = found.rows[0];
    // Neither statement takes parameters, nor can CREATE DATABASE run in a transaction.
    await client.query(
      `${has?.role === true ? 'alter' : 'create'} role ${role} login createrole password ${password}`,
    );
    if (has?.database !== true) {
      await client.query(
        `create database ${client.escapeIdentifier(APPLICATION_DATABASE)} owner ${role}`,
      );
    }
  } finally {
    await client.end();
  }
}

async function connect(
  url: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<pg.Client> {
  const deadline = Date.now() + CONNECT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // a lost connection is told by the query it broke
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const code = systemCode(error);
      // 57P03: not yet, or no longer, accepting connections. 53300: too many of them.
      const isPassing = code === '57P03' || code === '53300';
      if (!isPassing || Date.now() > deadline) {
        throw new PostgresStartError(`it runs and refuses us (${code})`, logFile, { cause: error });
      }
    }
    await sleep(50, undefined, { signal });
  }
}
