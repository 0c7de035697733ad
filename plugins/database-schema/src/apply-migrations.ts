/** Brings a database to the newest version, one migration and one transaction at a time. */

import { createHash } from 'node:crypto';
import { JobError, PermanentError, type Pool, type PoolClient } from '@bfd-host/sdk';
import { MigrationError, Umzug } from 'umzug';
import type { Migration } from './migrations.ts';
import { withSchemaLock } from './schema-lock.ts';
import {
  BEGIN_MIGRATION,
  CREATE_MIGRATION_TABLE,
  CREATE_SCHEMA,
  FIND_MIGRATION_TABLE,
  LIST_MIGRATIONS,
  RECORD_MIGRATION,
} from './schema-migration.sql.ts';

export interface MigrateOptions {
  readonly signal: AbortSignal;
  readonly workStarts?: () => void;
  readonly waitMs?: number;
}

export interface AppliedMigrations {
  /** Names of the migrations that ran now, in order. */
  readonly applied: readonly string[];
  /** Version of the schema afterwards. */
  readonly version: number;
}

/**
 * Applies what the database has not had yet. What was applied before a failure stays.
 *
 * @param options.workStarts - called before the first pending migration, if there is one
 * @param options.waitMs - how long to wait while another session migrates, in milliseconds; a minute if absent
 * @throws PermanentError `BFD_SCHEMA_NEWER` when the database has had a migration that is not in the list
 * @throws PermanentError `BFD_SCHEMA_RIGHTS` when the role may not create the schema or a table in it
 * @throws PermanentError `BFD_SCHEMA_CHANGED` when one was changed after the database had it
 * @throws JobError `BFD_SCHEMA_MIGRATION` when one fails; the database's error is the cause
 * @throws JobError `BFD_SCHEMA_LOCKED` when another session migrates for longer than `waitMs`
 * @example
 * const { applied, version } = await applyMigrations(db, MIGRATIONS, { signal });
 */
export async function applyMigrations(
  db: Pool,
  migrations: readonly Migration[],
  { signal, workStarts, waitMs = 60_000 }: MigrateOptions,
): Promise<AppliedMigrations> {
  return withSchemaLock(db, { signal, waitMs }, async (client) => {
    await ensureMigrationTable(client);
    await refuseOtherHistory(client, migrations);
    const umzug = migrator(client, migrations, signal);
    if ((await umzug.pending()).length > 0) workStarts?.();
    const applied = (await umzug.up().catch(unwrap)).map(({ name }) => name);
    return { applied, version: newestVersion(migrations) };
  });
}

async function ensureMigrationTable(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ hasSchema: boolean; hasTable: boolean }>(
    FIND_MIGRATION_TABLE,
  );
  try {
    if (!rows[0]?.hasSchema) await client.query(CREATE_SCHEMA);
    if (!rows[0]?.hasTable) await client.query(CREATE_MIGRATION_TABLE);
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new PermanentError(
      'BFD_SCHEMA_RIGHTS',
      'The role of this job may not create the schema ccw or tables in it. Grant it CREATE on the database, or make it the owner of the schema.',
      {},
      { cause: error },
    );
  }
}

async function refuseOtherHistory(
  client: PoolClient,
  migrations: readonly Migration[],
): Promise<void> {
  for (const had of await listMigrations(client)) {
    const known = migrations.find(({ name }) => name === had.name);
    if (!known) {
      throw new PermanentError(
        'BFD_SCHEMA_NEWER',
        'The database has had migration {version}, which this build (newest: {newest}) does not know. Nothing was changed. Install a newer build.',
        { version: had.version, newest: newestVersion(migrations) },
      );
    }
    if (sha256(known.sql) !== had.sha256) {
      throw new PermanentError(
        'BFD_SCHEMA_CHANGED',
        'The file of migration {version} is not the one this database had. Restore it and put the change into a new migration.',
        { version: had.version },
      );
    }
  }
}

function migrator(
  client: PoolClient,
  migrations: readonly Migration[],
  signal: AbortSignal,
): Umzug<PoolClient> {
  return new Umzug<PoolClient>({
    context: client,
    logger: undefined,
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: () => runOne(client, migration, signal),
    })),
    storage: {
      executed: async () => (await listMigrations(client)).map(({ name }) => name),
      logMigration: async () => {}, // runOne has written it, in the migration's own transaction
      unlogMigration: () => Promise.reject(new Error('migrations only go forward')),
    },
  });
}

/** umzug wraps what a migration throws; ours says all there is to say. */
function unwrap(error: unknown): never {
  throw error instanceof MigrationError ? error.cause : error;
}

// No rollback on failure: withSchemaLock then ends the session, which rolls back.
async function runOne(
  client: PoolClient,
  { name, version, sql }: Migration,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  try {
    await client.query(BEGIN_MIGRATION);
    await client.query(sql);
    await client.query(RECORD_MIGRATION, [version, name, sha256(sql)]);
    await client.query('commit');
  } catch (error) {
    signal.throwIfAborted();
    throw new JobError(
      'BFD_SCHEMA_MIGRATION',
      'Migration {version} failed and was rolled back; earlier ones stay. Mend what the database complains of, then run the job again.',
      { version },
      { cause: error },
    );
  }
}

async function listMigrations(
  client: PoolClient,
): Promise<{ version: number; name: string; sha256: string }[]> {
  const { rows } = await client.query<{ version: number; name: string; sha256: string }>(
    LIST_MIGRATIONS,
  );
  return rows;
}

const INSUFFICIENT_PRIVILEGE = '42501';

function sqlState(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function newestVersion(migrations: readonly Migration[]): number {
  return Math.max(...migrations.map(({ version }) => version));
}
