// The host's own schema, brought up to date under a lock when a host starts, or by `bfd-host migrate`.

import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { Umzug, type UmzugStorage } from 'umzug';
import { BfdError } from '../errors.ts';
import type { Database } from './database.ts';
import { sql } from './sql.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
const CONNECT_MS = 10_000;
// Any number will do, as long as nothing else in the database locks the same: "bfdhost" in ASCII, shortened.
const LOCK_KEY = 0x62666468;

const CREATE_HISTORY = sql`
  create schema if not exists bfd_host;
  create table if not exists bfd_host.schema_migration (
    name text primary key,
    applied_at timestamptz not null default now()
  )`;

export class HostSchemaNewerError extends BfdError {
  readonly code = 'BFD_HOST_SCHEMA_NEWER';
  constructor(names: readonly string[]) {
    super(
      `The bfd_host schema has migrations this host does not know (${names.join(', ')}): a newer host made ` +
        'them. Start the newer version, or let this one use another database.',
    );
  }
}

/**
 * Applies what is missing. Safe when several hosts do it at once.
 *
 * @returns names of the migrations applied now
 * @throws {@link HostSchemaNewerError} when the schema is newer than this host
 */
export async function migrateHostSchema(database: Pick<Database, 'directUrl'>): Promise<string[]> {
  // A connection of its own: the lock is the session's, which a pooler would hand to somebody else.
  const client = new pg.Client({
    connectionString: database.directUrl,
    application_name: 'bfd-host migrations',
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on('error', () => {}); // Told by the statement that fails; without a listener it would end the process.
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    await client.query(CREATE_HISTORY);
    const storage = history(client);
    const all = await migrations(client);
    // Umzug passes over what it does not know; for us it is a reason to stop.
    const known = new Set(all.map(({ name }) => name));
    const unknown = (await storage.executed()).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new HostSchemaNewerError(unknown);
    const umzug = new Umzug({ migrations: all, storage, logger: undefined });
    return (await umzug.up()).map(({ name }) => name);
  } finally {
    // Ends the session and with it the lock, whatever happened.
    await client.end().catch(() => {});
  }
}

/** The whole schema as one SQL text, for a DBA who applies it by hand. */
export async function hostSchemaSql(): Promise<string> {
  const parts = [`${CREATE_HISTORY.trim()};`];
  for (const { name, text } of await migrationFiles()) {
    parts.push(
      `-- ${name}\n${text.trim()}\ninsert into bfd_host.schema_migration (name) values ('${name}');`,
    );
  }
  return `${parts.join('\n\n')}\n`;
}

async function migrationFiles(): Promise<{ name: string; text: string }[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.sql$/, ''),
      text: await readFile(new URL(file, FOLDER), 'utf8'),
    })),
  );
}

async function migrations(client: pg.Client) {
  return (await migrationFiles()).map(({ name, text }) => ({
    name,
    up: async () => {
      await client.query('begin');
      try {
        await client.query(text);
        await client.query('insert into bfd_host.schema_migration (name) values ($1)', [name]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    },
  }));
}

function history(client: pg.Client) {
  return {
    // Written with the migration itself, in its transaction.
    logMigration: async () => {},
    unlogMigration: async () => {},
    executed: async () => {
      const { rows } = await client.query<{ name: string }>(
        'select name from bfd_host.schema_migration order by name',
      );
      return rows.map(({ name }) => name);
    },
  } satisfies UmzugStorage;
}
