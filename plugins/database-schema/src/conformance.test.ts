// The schema against the original's, object by object. The lists are not part of this project; where they lie
// beside the checkout they are compared, elsewhere these tests are skipped and say so.

import { existsSync, readFileSync } from 'node:fs';
import type { FreshDatabase } from '@bfd-host/testkit';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase, storedColumns } from './migrated-database.testkit.ts';

const LISTS = new URL('../../../../shared/bfd/', import.meta.url);
const HAS_LISTS = existsSync(LISTS);

/** Tables of the original that the load has no use for. */
const NOT_NEEDED =
  /_tags$|^ccw\.(npi_data|fda_data|npi_fda_meta|samhsa_backfill_progress|skipped_rif_records|\w+_invalid_\w+)$/;
/** Tables of ours that the original has not. */
const OWN = new Set(['ccw.load_chunks', 'ccw.quarantined_records', 'ccw.schema_migration']);
/** Columns of ours in tables of the original: where a history row came from, and former hashes. */
const OWN_COLUMNS =
  /^ccw\.(beneficiaries_history\.source_\w+|beneficiaries(_history)?\.(hicn|mbi)_hash_old)$/;
/** Indexes of ours: what the fix-ups and the clean-up of loaded_files look for, and former hashes. */
const OWN_INDEXES = /_unhashed_idx$|_hash_old_idx$|^loaded_files_(s3|created)_idx$/;
/** A default of ours: COPY leaves the column out, and each row gets its transaction's time. */
const OWN_DEFAULTS: Readonly<Record<string, string>> = { last_updated: 'now()' };
/** docs/adr/0001: what COPY writes to schema ccw has no foreign keys. */
const KEPT_FOREIGN_KEYS = ['fk_s3_data_files_s3_manifest_files', 'loaded_batches_loaded_file_id'];

interface TableRow {
  readonly table: string;
  readonly kind: string;
  readonly foreign_keys: string;
  readonly indexes: string;
}

interface ColumnRow {
  readonly table: string;
  readonly ordinal: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: 'yes' | 'no';
  readonly default: string;
  readonly primary_key: 'yes' | '';
}

describe.skipIf(!HAS_LISTS)(`the schema (skipped without ${LISTS.pathname})`, () => {
  let database: FreshDatabase;
  const tableRows = readList<TableRow>('tables.csv').filter(isNeeded);
  const columnRows = readList<ColumnRow>('db-columns.csv').filter(isNeeded);

  beforeAll(async () => {
    database = await migratedDatabase(new AbortController().signal);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('has every column in its place, with type, nullability, default and key', async () => {
    const ours = (await storedColumns(database.pool)).filter(
      ({ table, column }) => !OWN.has(table) && !OWN_COLUMNS.test(`${table}.${column}`),
    );

    expect(ours).toEqual(
      columnRows
        .map((row) => ({
          table: row.table,
          ordinal: Number(row.ordinal),
          column: row.column,
          type: row.type,
          isNullable: row.nullable === 'yes',
          default: OWN_DEFAULTS[row.column] ?? row.default.replace(/ \( SEQUENCE .*/, ''),
          isKey: row.primary_key === 'yes',
        }))
        .sort((a, b) => compare(a.table, b.table) || a.ordinal - b.ordinal),
    );
    expect(new Set(ours.map(({ table }) => table)).size).toBe(23 + 16);
  });

  it('has every index', async () => {
    const { rows } = await database.pool.query<{
      table: string;
      name: string;
      definition: string;
    }>(`
      select indrelid::regclass::text as table, relname as name, pg_get_indexdef(indexrelid) as definition
        from pg_index join pg_class on pg_class.oid = indexrelid
       where relnamespace in ('ccw'::regnamespace, 'rda'::regnamespace) and not indisprimary`);
    const ours = rows
      .filter(({ table, name }) => !OWN.has(table) && !OWN_INDEXES.test(name))
      .map(({ table, definition }) => `${table} ${shortIndex(definition)}`);
    const theirs = tableRows.flatMap(({ table, indexes }) =>
      splitList(indexes).map((index) => `${table} ${index}`),
    );

    expect(ours.sort()).toEqual(theirs.sort());
  });

  it('has the foreign keys of its bookkeeping, and none on the rows that COPY writes', async () => {
    const { rows } = await database.pool.query<{ table: string; name: string }>(`
      select conrelid::regclass::text as table, conname as name from pg_constraint
       where connamespace = 'ccw'::regnamespace and contype = 'f' order by conname`);
    const names = rows.filter(({ table }) => !OWN.has(table)).map(({ name }) => name);

    expect(names).toEqual(KEPT_FOREIGN_KEYS);
    const theirs = tableRows.flatMap(({ foreign_keys: keys }) => splitList(keys)).join(' ');
    for (const name of KEPT_FOREIGN_KEYS) expect(theirs).toContain(`${name}(`);
  });

  it('has every foreign key of the RDA tables', async () => {
    const { rows } = await database.pool.query<{ table: string; name: string; does: string }>(`
      select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as does
        from pg_constraint where connamespace = 'rda'::regnamespace and contype = 'f'`);
    const ours = rows.map(({ table, name, does }) => `${table} ${name}${shortForeignKey(does)}`);
    const theirs = tableRows
      .filter(({ table }) => table.startsWith('rda.'))
      .flatMap(({ table, foreign_keys: keys }) => splitList(keys).map((key) => `${table} ${key}`));

    expect(ours.sort()).toEqual(theirs.sort());
  });

  it('checks in ccw.orphans what the other foreign keys would have', async () => {
    const { rows } = await database.pool.query<{ definition: string }>(
      `select pg_get_viewdef('ccw.orphans') as definition`,
    );
    const checked = [
      ...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text.*?\n\s+'(\w+)'::text/g),
    ];
    const ccwRows = tableRows.filter(({ table }) => table.startsWith('ccw.'));
    const theirs = ccwRows.flatMap(({ table, foreign_keys: keys }) =>
      splitList(keys)
        .filter((key) => !KEPT_FOREIGN_KEYS.some((name) => key.startsWith(`${name}(`)))
        .map((key) => `${table} ${/-> (ccw\.\w+)\(/.exec(key)?.[1]}`),
    );

    expect(checked.map(([, child, parent]) => `ccw.${child} ccw.${parent}`).sort()).toEqual(
      theirs.sort(),
    );
  });

  it('has the sequences it uses, with their increments', async () => {
    const { rows } = await database.pool.query<{ table: string; kind: string }>(`
      select format('ccw.%s', sequencename) as table, format('sequence, increment %s', increment_by) as kind
        from pg_sequences where schemaname = 'ccw'`);

    expect(rows).toHaveLength(5);
    for (const row of rows) {
      expect(tableRows).toContainEqual(expect.objectContaining(row));
    }
  });
});

function readList<Row>(name: string): Row[] {
  return HAS_LISTS ? parse(readFileSync(new URL(name, LISTS)), { columns: true }) : [];
}

function isNeeded({ table }: { readonly table: string }): boolean {
  return /^(ccw|rda)\./.test(table) && !NOT_NEEDED.test(table);
}

function splitList(text: string): string[] {
  return text === '' ? [] : text.split(' | ');
}

function shortIndex(definition: string): string {
  const [, unique, name, columns] =
    /^CREATE (UNIQUE )?INDEX (\w+) ON \S+ USING btree (\(.*\))$/.exec(definition) ?? [];
  return `${name} ${unique ?? ''}btree${columns}`;
}

function shortForeignKey(definition: string): string {
  return definition.replace(/^FOREIGN KEY (\(.*?\)) REFERENCES /, '$1 -> ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
