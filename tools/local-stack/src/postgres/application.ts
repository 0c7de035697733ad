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
const RECOVER_MS = 10_000;

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
  try {
    await using session = await openSession(adminUrl, CONNECT_MS, signal);
    if (!state.isPrepared) await prepare(session.client, state.password);
  } catch (error) {
    signal?.throwIfAborted();
    throw new PostgresStartError(`it runs and refuses us (${systemCode(error)})`, logFile, {
      cause: error,
    });
  }
}

async function prepare(client: pg.Client, ownPassword: string): Promise<void> {
  const role = client.escapeIdentifier(APPLICATION_ROLE);
  const database = client.escapeIdentifier(APPLICATION_DATABASE);
  const password = client.escapeLiteral(ownPassword);
  const { rows } = await client.query<{ hasRole: boolean; hasDatabase: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as "hasRole",
            exists (select from pg_database where datname = $2) as "hasDatabase"`,
    [APPLICATION_ROLE, APPLICATION_DATABASE],
  );
  // Neither statement takes parameters, nor can CREATE DATABASE run in a transaction.
  const verb = rows[0]?.hasRole === true ? 'alter' : 'create';
  await client.query(`${verb} role ${role} login createrole password ${password}`);
  if (rows[0]?.hasDatabase !== true)
    await client.query(`create database ${database} owner ${role}`);
}

/** Whether the server takes sessions, now or, when it is just recovering, within ten seconds. */
export async function takesSessions(url: string): Promise<boolean> {
  try {
    await using _session = await openSession(url, RECOVER_MS, undefined);
    return true;
  } catch (error) {
    // Too many sessions, or a password that is not ours: it is up.
    return /^(?:53300|28...)$/.test(systemCode(error) ?? '');
  }
}

interface Session extends AsyncDisposable {
  readonly client: pg.Client;
}

// Waits while the server does not take sessions yet (57P03) or no more of them (53300).
async function openSession(
  url: string,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // a lost connection is told by the query it broke
    try {
      await client.connect();
      return { client, [Symbol.asyncDispose]: () => client.end() };
    } catch (error) {
      await client.end().catch(() => undefined);
      const isPassing = ['57P03', '53300'].includes(systemCode(error) ?? '');
      if (!isPassing || Date.now() > deadline) throw error;
    }
    await sleep(50, undefined, { signal });
  }
}
