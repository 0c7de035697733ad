import { RIF_LAYOUTS, type RifColumn } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { CODE_LISTS } from './code-lists.ts';
import { makerOf, type Rules, rowWriter, type Subject } from './makers.ts';
import { Random } from './random.ts';
import { RowChunk } from './row-chunk.ts';

const COLUMNS = Object.values(RIF_LAYOUTS).flatMap(({ columns, lines }) => [
  ...columns,
  ...(lines?.columns ?? []),
]);

const NO_RULES: Rules<Subject> = { columns: {} };

function valuesOf(column: RifColumn, rules = NO_RULES): string[] {
  const random = new Random();
  random.start(1, 0, 'person');
  const make = makerOf(column, rules);
  return Array.from({ length: 500 }, () => {
    const rows = new RowChunk();
    const field = make({ day: 20_000 }, random);
    if (typeof field === 'string') rows.text(field);
    else if (column.scale === 2) rows.money(field);
    else rows.whole(field);
    return Buffer.from(rows.take()).toString().slice(0, -1);
  });
}

/** Rows of the writer for these columns, all in one line. */
function written(columns: readonly RifColumn[], rules: Rules<Subject>, count = 1): string[] {
  const random = new Random();
  const ofCodes = new Random();
  random.start(1, 0, 'person');
  const write = rowWriter(columns, rules, (place, choice) => {
    ofCodes.start(1, choice, 'codes', place);
    return ofCodes;
  });
  const rows = new RowChunk();
  for (let row = 0; row < count; row++) {
    write({ day: 20_000 }, random, rows);
    rows.endRow();
  }
  return Buffer.from(rows.take()).toString().split('\n').slice(0, -1);
}

const column = (facts: Partial<RifColumn>): RifColumn => ({
  rifName: 'NEW_COLUMN',
  dbName: 'new_column',
  isStored: true,
  kind: 'text',
  sqlType: '',
  whenEmpty: 'error',
  ...facts,
});

describe('a column that no rule knows', () => {
  it.each([
    ['text', { kind: 'text', maxLength: 3 }, /^\d{3}$/],
    ['a character', { kind: 'char', maxLength: 1 }, /^\d$/],
    ['a date', { kind: 'date' }, /^04-Oct-2024$/],
    ['a timestamp', { kind: 'timestamp' }, /^04-Oct-2024 00:00:00$/],
    ['a small integer', { kind: 'integer', range: 'smallint' }, /^\d{1,5}$/],
    ['an amount', { kind: 'decimal', precision: 12, scale: 2 }, /^\d{1,3}\.\d\d$/],
    ['a tight decimal', { kind: 'decimal', precision: 3, scale: 1 }, /^\d{1,2}\.\d$/],
    ['a plain number', { kind: 'decimal' }, /^\d{1,3}$/],
  ] as const)('is filled by its kind: %s', (_, facts, form) => {
    for (const value of valuesOf(column(facts))) expect(value).toMatch(form);
  });

  it('is seldom filled when it is optional', () => {
    const values = valuesOf(column({ kind: 'text', maxLength: 3, whenEmpty: 'null' }));

    const filled = values.filter((value) => value !== '').length;
    expect(filled).toBeGreaterThan(20);
    expect(filled).toBeLessThan(80);
  });
});

describe('a rule', () => {
  it('goes before the code list and the kind', () => {
    const rules: Rules<Subject> = { columns: { FINAL_ACTION: () => 'rule' } };

    expect(valuesOf(column({ rifName: 'FINAL_ACTION' }), rules)[0]).toBe('rule');
  });

  it('that gives a number gives money where the column has two decimals', () => {
    const rules: Rules<Subject> = { columns: { A: () => 70_420, B: () => -70_420, C: () => 5 } };
    const columns = [
      column({ rifName: 'A', kind: 'decimal', precision: 12, scale: 2 }),
      column({ rifName: 'B', kind: 'integer', range: 'bigint' }),
      column({ rifName: 'C', kind: 'decimal', precision: 12, scale: 2 }),
    ];

    expect(written(columns, rules)).toEqual(['704.20|-70420|0.05']);
  });

  it('of a family tells of the places that its list has, and leaves the others empty', () => {
    const rules: Rules<Subject> = {
      columns: {},
      families: [
        {
          columns: { CODE: (_, place) => `code ${place}`, VERSION: () => '0' },
          length: () => 2,
        },
      ],
    };
    const columns = ['CODE1', 'VERSION1', 'CODE2', 'VERSION2', 'CODE3', 'VERSION3'];

    expect(
      written(
        columns.map((rifName) => column({ rifName })),
        rules,
      ),
    ).toEqual(['code 0|0|code 1|0||']);
  });

  it('of a run makes columns that stand side by side', () => {
    const rules: Rules<Subject> = {
      columns: { C: () => 'c' },
      runs: [{ columns: ['A', 'B'], make: () => 'a|b' }],
    };
    const columns = ['A', 'B', 'C'].map((rifName) => column({ rifName }));

    expect(written(columns, rules)).toEqual(['a|b|c']);
    expect(() => written(columns.toReversed(), rules)).toThrow(RangeError);
  });
});

describe('columns that no rule knows, side by side', () => {
  it('are drawn together, and still vary', () => {
    const columns = ['X', 'Y'].map((rifName) => column({ rifName, kind: 'char', maxLength: 1 }));
    const rows = written(columns, NO_RULES, 300);

    for (const row of rows) expect(row).toMatch(/^\d\|\d$/);
    expect(new Set(rows).size).toBeGreaterThan(80);
  });
});

describe('the code lists', () => {
  it.each([...CODE_LISTS])(
    'name a column that exists and fit it: %s',
    (name, { percent, codes }) => {
      const columns = COLUMNS.filter((known) => known.rifName === name);
      expect(columns.length).toBeGreaterThan(0);
      for (const { whenEmpty, maxLength } of columns) {
        expect(codes.length).toBeGreaterThan(0);
        if (whenEmpty !== 'null') expect(percent).toBe(100);
        if (maxLength !== undefined) {
          for (const code of codes) expect(code.length).toBeLessThanOrEqual(maxLength);
        }
      }
    },
  );
});
