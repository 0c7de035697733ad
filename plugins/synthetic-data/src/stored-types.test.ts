// What the generator writes, PostgreSQL takes: every row against the tables of the migrated schema, without the load.

import {
  RIF_DELIMITER,
  RIF_LAYOUTS,
  type RifColumn,
  type RifLayout,
  rifHeader,
} from '@bfd-host/rif';
import type { FreshDatabase } from '@bfd-host/testkit';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../database-schema/src/migrated-database.testkit.ts';
import { make, OPTIONS } from './generate/read-back.testkit.ts';
import { planDataSet, planUpdates } from './generator.ts';

const people = planDataSet({ ...OPTIONS, beneficiaries: 80 });
const dataSets = [people, planUpdates(people, 1)];
const FILES = dataSets.flatMap((dataSet) =>
  dataSet.files.map((file) => ({
    title: `${dataSet.revision === 0 ? '' : 'updates: '}${file.name}`,
    layout: RIF_LAYOUTS[file.type],
    rows: () =>
      make(file, dataSet)
        .toString()
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(RIF_DELIMITER)),
  })),
);

let database: FreshDatabase;
let client: PoolClient;

beforeAll(async () => {
  database = await migratedDatabase(new AbortController().signal);
  client = await database.pool.connect();
});

afterAll(async () => {
  client.release();
  await database[Symbol.asyncDispose]();
});

describe.each(FILES)('the rows of $title', ({ layout, rows }) => {
  it('fit their tables, each value as it is written', async () => {
    const written = rows();
    await putIntoSource(layout, written);

    expect(await changedByStoring(layout)).toEqual([]);
    const { columns, lines, derived } = layout;
    const lineNumber = lines?.columns.find(({ role }) => role === 'line-number');
    // A claim's columns are those of its first row.
    const first = lineNumber ? `where ${quoted(lineNumber)} = '1'` : '';
    const ids = written.map((row, place) => idOf(layout, row) ?? place);
    expect(await insert(layout.table, columns, derived, first)).toBe(new Set(ids).size);
    if (lines === undefined) return;
    const parent = columns.filter(({ dbName }) => dbName === lines.parentKey);
    expect(await insert(lines.table, [...parent, ...lines.columns])).toBe(written.length);
  });
});

/** A table of texts, named as in the file. */
async function putIntoSource(layout: RifLayout, rows: readonly (readonly string[])[]) {
  const header = rifHeader(layout);
  const arrays = header.map((_, place) => rows.map((row) => row[place] ?? null));
  const parameters = header.map((_, place) => `$${place + 1}::text[]`);
  const names = header.map((name) => `"${name}"`);
  await client.query('drop table if exists pg_temp.source');
  await client.query(
    `create temp table source as select * from unnest(${parameters.join(', ')}) as fields (${names.join(', ')})`,
    arrays,
  );
}

/** Columns with values that are not the same text after they were read as the type of their column. */
async function changedByStoring(layout: RifLayout): Promise<string[]> {
  const columns = [...layout.columns, ...(layout.lines?.columns ?? [])];
  const counts = columns.map((column) => {
    const value = `nullif(${quoted(column)}, '')::${column.sqlType}`;
    const text = column.kind === 'date' ? `to_char(${value}, 'DD-Mon-YYYY')` : `${value}::text`;
    return `bool_or(${text} is distinct from nullif(${quoted(column)}, '')) as ${quoted(column)}`;
  });
  const { rows } = await client.query<Record<string, boolean>>(
    `select ${counts.join(', ')} from source`,
  );
  return columns.map(({ rifName }) => rifName).filter((name) => rows[0]?.[name]);
}

/** Inserts into a table made like another one, with its keys and constraints; says how many rows there were. */
async function insert(
  table: string,
  columns: readonly RifColumn[],
  derived: RifLayout['derived'] = [],
  where = '',
): Promise<number> {
  const stored = columns.filter(({ isStored }) => isStored);
  const names = [...stored, ...derived].map(({ dbName }) => dbName);
  const values = [...stored.map(toStore), ...derived.map(({ source }) => DERIVED[source])];
  await client.query('drop table if exists pg_temp.target');
  await client.query(`create temp table target (like ${table} including all)`);
  const { rowCount } = await client.query(
    `insert into target (${names.join(', ')}) select ${values.join(', ')} from source ${where}`,
  );
  return rowCount ?? 0;
}

const DERIVED = {
  hash: "repeat('0', 64)",
  'load-time': 'now()',
  sequence: 'row_number() over ()',
};

/** The field as the load stores it. Text is left to the column, which refuses what is too long; a cast cuts it. */
function toStore(column: RifColumn): string {
  const text = quoted(column);
  const given = {
    null: `nullif(${text}, '')`,
    error: `nullif(${text}, '')`,
    zero: `coalesce(nullif(${text}, ''), '0')`,
    'empty-text': text,
  }[column.whenEmpty];
  const types = { date: 'date', timestamp: 'timestamp', integer: 'bigint', decimal: 'numeric' };
  const type = Object.entries(types).find(([kind]) => kind === column.kind)?.[1];
  return type === undefined ? given : `(${given})::${type}`;
}

function quoted({ rifName }: RifColumn): string {
  return `"${rifName}"`;
}

/** What tells one record from the next. */
function idOf(layout: RifLayout, row: readonly string[]): string | undefined {
  const { grouping } = layout;
  return grouping === undefined ? undefined : row[rifHeader(layout).indexOf(grouping)];
}
