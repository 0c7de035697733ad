import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { rdaDatabase } from '../testing/harness.testkit.ts';
import type { Column, RowLayout } from './layout.ts';
import { defineClaim } from './layout-text.ts';
import { LAYOUTS } from './layouts.ts';

const ROWS: readonly RowLayout[] = Object.values(LAYOUTS).flatMap((claim) => [
  claim,
  ...claim.children,
]);

describe('the layouts', () => {
  it('have exactly the columns of the database, with their types', async () => {
    await using db = await rdaDatabase();
    const { rows } = await db.pool.query<{ table: string; column: string; type: string }>(
      `
      select attrelid::regclass::text as table, attname as column,
             replace(replace(replace(format_type(atttypid, atttypmod), 'character varying', 'varchar'),
               'character', 'char'), 'timestamp with time zone', 'timestamptz') as type
        from pg_attribute where attrelid = any($1::regclass[]) and attnum > 0`,
      [ROWS.map(({ table }) => table)],
    );
    const stored = rows.map(({ table, column, type }) => `${table}.${column} ${type}`);
    const ours = ROWS.flatMap(({ table, columns }) =>
      columns.map(({ name, sqlType }) => `${table}.${name} ${sqlType}`),
    );

    expect(ours.toSorted()).toEqual(stored.toSorted());
  });

  it('are refused when a line is not of their form', () => {
    const { FISS } = LAYOUTS;
    const withLine = (columns: string) => () => defineClaim({ ...FISS, columns, children: [] });

    expect(withLine('claim_id')).toThrow('not of the form');
    expect(withLine('claim_id varchar(43) guess field')).toThrow('no rule');
  });
});

// The list is not part of this project; where it lies beside the checkout it is compared.
const LIST = new URL('../../../../../shared/bfd/rda-layout.csv', import.meta.url);

interface ListRow {
  readonly message: string;
  readonly table: string;
  readonly message_field: string;
  readonly db_column: string;
  readonly nullable: string;
  readonly required_in_message: string;
  readonly transformer: string;
  readonly role: string;
  readonly notes: string;
}

describe.skipIf(!existsSync(LIST))(`the layouts (skipped without ${LIST.pathname})`, () => {
  // The list says nothing of a payer's fields but the first.
  const isTold = ({ table, db_column: column }: ListRow) =>
    table !== 'rda.fiss_payers' || ['claim_id', 'payer_type', 'payers_id'].includes(column);
  const list: ListRow[] = existsSync(LIST) ? parse(readFileSync(LIST), { columns: true }) : [];
  const told = list.filter((row) => row.role !== 'child rows' && isTold(row));

  it.each([...Map.groupBy(told, ({ table, db_column }) => `${table}.${db_column}`)])(
    'say of %s what the list says',
    (name, rows) => {
      const column = columnNamed(name);
      const [row] = rows;
      const isField = ({ message_field: field }: ListRow) =>
        !['', 'PARENT', 'NOW', 'NONE'].includes(field);
      const fields = rows.filter(isField).map((each) => plain(each.message_field));

      expect(column?.rule).toBe(row && ruleOf(row, column));
      expect(sourcesOf(column)).toEqual(expect.arrayContaining(fields));
      if (column?.rule === 'code') expect(column.isRequired).toBe(row?.nullable === 'no');
      if (column?.rule === 'text')
        expect(column.isRequired).toBe(row?.required_in_message === 'yes');
      expect(column?.skipsEmpty).toBe(row?.notes.includes('ignoreEmptyString=True'));
    },
  );

  it('have a child for every list of the message', () => {
    const fields = list
      .filter(({ role }) => role === 'child rows')
      .map((row) => plain(row.message_field));
    const ours = Object.values(LAYOUTS).flatMap(({ children }) =>
      children.map(({ field }) => plain(field)),
    );

    expect(ours).toEqual(fields);
  });
});

function columnNamed(name: string): Column | undefined {
  return ROWS.flatMap(({ table, columns }) =>
    columns.filter((column) => `${table}.${column.name}` === name),
  )[0];
}

function ruleOf(
  { transformer, message_field: field }: ListRow,
  column: Column | undefined,
): string | undefined {
  if (field === 'PARENT') return 'parent';
  if (field === 'NOW' || field === '') return 'set';
  const rules: Readonly<Record<string, string>> = {
    Base64: 'base64',
    UintToShort: 'small',
    MessageEnum: 'code',
    EnumValueIfPresent: 'which',
  };
  if (rules[transformer]) return rules[transformer];
  const type = column?.sqlType ?? '';
  if (/char|text/.test(type)) return 'text';
  return type.startsWith('numeric') ? 'amount' : type;
}

function sourcesOf(column: Column | undefined): string[] {
  return (column?.sources ?? []).map((source) =>
    plain(source.replace(/=.*/, '')).replace(/enum$/, (found) =>
      column?.rule === 'code' ? '' : found,
    ),
  );
}

/** Names are compared without what JSON, Java and .proto files write differently. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
