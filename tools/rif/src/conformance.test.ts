// The layouts against the original's, column by column. The list is not part of this project; where
// it lies beside the checkout it is compared, elsewhere these tests are skipped and say so.

import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { ACTION_COLUMN, RIF_TYPES, type RifColumn, type RifType } from './layout.ts';
import { RIF_LAYOUTS } from './layouts.ts';

const LIST = new URL('../../../../shared/bfd/rif-layout.csv', import.meta.url);

interface ListRow {
  readonly file_type: RifType;
  readonly table: string;
  readonly is_line: '0' | '1';
  readonly ordinal: string;
  readonly rif_column: string;
  readonly db_column: string;
  readonly sql_type: string;
  readonly role: string;
  readonly notes: string;
}

describe.skipIf(!existsSync(LIST))(`the layouts (skipped without ${LIST.pathname})`, () => {
  const rows: ListRow[] = existsSync(LIST) ? parse(readFileSync(LIST), { columns: true }) : [];

  it('account for every row of the list', () => {
    expect(rows).toHaveLength(1500);
    expect(rows.filter((row) => row.rif_column === ACTION_COLUMN)).toHaveLength(RIF_TYPES.length);
    expect(rows.filter((row) => row.ordinal === '')).toHaveLength(
      RIF_TYPES.flatMap(derivedNames).length + RIF_TYPES.length, // and a record number each, which is not stored
    );
  });

  it.each(RIF_TYPES)('of %s agree in order, place, type and meaning of an empty field', (type) => {
    const { table, columns, lines } = RIF_LAYOUTS[type];
    const ours = [
      ...columns.map((column) => describeOurs(column, table, '0')),
      ...(lines?.columns ?? []).map((column) => describeOurs(column, lines?.table ?? '', '1')),
    ];
    const theirs = rows
      .filter((row) => row.file_type === type && Number(row.ordinal) > 0)
      .map(describeTheirs);

    expect(ours).toEqual(theirs);
  });

  it.each(RIF_TYPES)('of %s derive what is stored but not in the file', (type) => {
    const theirs = rows
      .filter((row) => row.file_type === type && row.rif_column === '' && row.db_column !== '')
      .map((row) => row.db_column);

    expect(derivedNames(type).sort()).toEqual(theirs.sort());
  });
});

/** Names as in the list, where the HICN's hash has the header's row and its plain value is the extra one. */
function derivedNames(type: RifType): string[] {
  const { derived, lines } = RIF_LAYOUTS[type];
  const names = derived.map(({ dbName }) =>
    dbName === 'bene_crnt_hic_num' ? 'hicn_unhashed' : dbName,
  );
  return lines ? [...names, lines.parentKey] : names;
}

function describeOurs(column: RifColumn, table: string, isLine: '0' | '1') {
  const { rifName, dbName, isStored, kind, sqlType, whenEmpty, role } = column;
  const isHicn = rifName === 'BENE_CRNT_HIC_NUM';
  return {
    rifName,
    isLine,
    stored: isStored ? `${table}.${isHicn ? 'bene_crnt_hic_num' : dbName}` : 'no',
    kind,
    sqlType: isHicn ? 'varchar(64)' : sqlType,
    whenEmpty,
    isKey: role === 'key' || role === 'line-number',
  };
}

function describeTheirs(row: ListRow) {
  const kind = KINDS[/parse=(\w+)/.exec(row.notes)?.[1] ?? ''];
  return {
    rifName: row.rif_column,
    isLine: row.is_line,
    stored: row.db_column ? `${row.table}.${row.db_column}` : 'no',
    kind,
    sqlType: kind === 'char' ? 'char(1)' : sqlTypeInDatabase(row),
    whenEmpty: EMPTY.find(([note]) => row.notes.includes(note))?.[1],
    isKey: row.role.startsWith('primary_key'),
  };
}

function sqlTypeInDatabase(row: ListRow): string {
  const fixed = /SQL column type is (\w+)/.exec(row.notes)?.[1];
  return fixed ?? row.sql_type.replace(/^numeric\((\d+)\)$/, 'numeric($1,0)');
}

const KINDS: Readonly<Record<string, RifColumn['kind']>> = {
  string: 'text',
  char: 'char',
  date: 'date',
  decimal: 'decimal',
  LongString: 'integer',
  IntString: 'integer',
  ShortString: 'integer',
};

const EMPTY = [
  ['empty -> null', 'null'],
  ["empty stays ''", 'empty-text'],
  ['empty -> 0', 'zero'],
  ['empty is an error', 'error'],
] as const;
