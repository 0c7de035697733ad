// The two ends of the load agree: what the RIF layouts want to store, the schema has room for.

import { MONTHLY_COLUMNS, RIF_LAYOUTS, RIF_TYPES, type RifColumn } from '@bfd-host/rif';
import type { FreshDatabase } from '@bfd-host/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase, type StoredColumn, storedColumns } from './migrated-database.testkit.ts';

let database: FreshDatabase;
let stored: Map<string, StoredColumn[]>;

beforeAll(async () => {
  database = await migratedDatabase(new AbortController().signal);
  stored = Map.groupBy(await storedColumns(database.pool), ({ table }) => table);
});

afterAll(() => database[Symbol.asyncDispose]());

describe.each(RIF_TYPES)('the tables of %s', (type) => {
  const { table, columns, derived, primaryKey, lines } = RIF_LAYOUTS[type];

  it('have exactly the columns that the layout fills, with their types', () => {
    expect(typesOf(table)).toEqual(typesIn([...columns.filter(isStored), ...derived]));
    if (lines) {
      const parent = { dbName: lines.parentKey, sqlType: 'bigint' };
      expect(typesOf(lines.table)).toEqual(typesIn([...lines.columns, parent]));
    }
  });

  it('take null exactly where an empty field becomes null', () => {
    expect(wrongNulls(table, columns)).toEqual([]);
    if (lines) expect(wrongNulls(lines.table, lines.columns)).toEqual([]);
  });

  it('have the key that the layout says', () => {
    expect(keyOf(table)).toEqual(primaryKey ?? ['bene_history_id']);
    if (lines) {
      expect(keyOf(lines.table).sort()).toEqual([lines.parentKey, lines.lineNumber].sort());
    }
  });
});

it('beneficiary_monthly has the thirteen monthly columns besides its key', () => {
  const key = [
    { dbName: 'bene_id', sqlType: 'bigint' },
    { dbName: 'year_month', sqlType: 'date' },
  ];

  expect(typesOf('ccw.beneficiary_monthly')).toEqual(typesIn([...key, ...MONTHLY_COLUMNS]));
});

function isStored(column: RifColumn): boolean {
  return column.isStored;
}

/** Not from a file: where a history row came from, and former hashes. */
const OWN_COLUMNS = /^(source_manifest_id|source_file_index|hicn_hash_old|mbi_hash_old)$/;

function typesOf(table: string): Record<string, string> {
  const columns = (stored.get(table) ?? []).filter(({ column }) => !OWN_COLUMNS.test(column));
  return Object.fromEntries(columns.map(({ column, type }) => [column, type]));
}

function typesIn(columns: readonly { dbName: string; sqlType: string }[]): Record<string, string> {
  return Object.fromEntries(columns.map(({ dbName, sqlType }) => [dbName, sqlType]));
}

/** Columns whose nullability differs; hicn_unhashed takes null although the header column is required. */
function wrongNulls(table: string, columns: readonly RifColumn[]): string[] {
  const nullable = new Map(stored.get(table)?.map((column) => [column.column, column.isNullable]));
  return columns
    .filter(({ dbName, isStored }) => isStored && dbName !== 'hicn_unhashed')
    .filter(({ dbName, whenEmpty }) => nullable.get(dbName) !== (whenEmpty === 'null'))
    .map(({ dbName }) => dbName);
}

function keyOf(table: string): string[] {
  return (stored.get(table) ?? []).filter(({ isKey }) => isKey).map(({ column }) => column);
}
