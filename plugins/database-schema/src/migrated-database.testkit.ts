/** For tests: a migrated database, and what its catalog says of the tables. */

import { type FreshDatabase, freshDatabase } from '@bfd-host/testkit';
import type { Pool } from 'pg';
import { applyMigrations } from './apply-migrations.ts';
import { MIGRATIONS } from './migrations.ts';

export async function migratedDatabase(signal: AbortSignal): Promise<FreshDatabase> {
  const database = await freshDatabase();
  await applyMigrations(database.pool, MIGRATIONS, { signal });
  return database;
}

export interface StoredColumn {
  /** With schema, for example `ccw.carrier_claims`. */
  readonly table: string;
  readonly ordinal: number;
  readonly column: string;
  /** In short form, for example `varchar(5)`, `timestamptz`. */
  readonly type: string;
  readonly isNullable: boolean;
  readonly default: string;
  readonly isKey: boolean;
}

/** All columns of all tables in schema ccw, in order. */
export async function storedColumns(pool: Pool): Promise<StoredColumn[]> {
  const { rows } = await pool.query<StoredColumn>(`
    select c.oid::regclass::text as table, a.attnum::int as ordinal, a.attname as column,
           replace(replace(replace(format_type(a.atttypid, a.atttypmod),
             'character varying', 'varchar'), 'character', 'char'),
             'timestamp with time zone', 'timestamptz') as type,
           not a.attnotnull as "isNullable",
           coalesce(pg_get_expr(d.adbin, d.adrelid), '') as default,
           coalesce(a.attnum = any(k.conkey), false) as "isKey"
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
     where c.relnamespace = 'ccw'::regnamespace and c.relkind = 'r'
     order by 1, 2`);
  return rows;
}
