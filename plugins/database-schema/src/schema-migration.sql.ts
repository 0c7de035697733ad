/** Statements on `ccw.schema_migration`, the table that says which migrations a database has had. */

/** Whether the schema and the table are there. Asked first: creating needs rights that reading does not. */
export const FIND_MIGRATION_TABLE = `
  select to_regnamespace('ccw') is not null as "hasSchema",
         to_regclass('ccw.schema_migration') is not null as "hasTable"`;

export const CREATE_SCHEMA = 'create schema ccw';

export const CREATE_MIGRATION_TABLE = `
  create table ccw.schema_migration (
    version    integer primary key,
    name       text not null unique,
    sha256     text not null, -- of the file, to notice one that was changed after it ran
    applied_at timestamptz not null default now()
  )`;

/** One row a migration, oldest first. */
export const LIST_MIGRATIONS = `
  select version, name, sha256 from ccw.schema_migration order by version`;

/** $1 version, $2 name, $3 sha-256 of the file. */
export const RECORD_MIGRATION = `
  insert into ccw.schema_migration (version, name, sha256) values ($1, $2, $3)`;

/**
 * Begins a migration. Statements may take as long as they need (an index on a large table does), but not wait for
 * a lock for long: everybody who comes later would queue up behind.
 */
export const BEGIN_MIGRATION = `
  begin; set local statement_timeout = 0; set local lock_timeout = '60s'`;
