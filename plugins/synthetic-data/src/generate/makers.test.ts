import { RIF_LAYOUTS, type RifColumn } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { CODE_LISTS } from './code-lists.ts';
import { makerOf, type Rules, type Subject } from './makers.ts';
import { Random } from './random.ts';

const COLUMNS = Object.values(RIF_LAYOUTS).flatMap(({ columns, lines }) => [
  ...columns,
  ...(lines?.columns ?? []),
]);

const NO_RULES: Rules<Subject> = { columns: {} };

function valuesOf(column: RifColumn, rules = NO_RULES): string[] {
  const random = new Random();
  random.start(1, 0, 'person');
  const make = makerOf(column, rules);
  return Array.from({ length: 500 }, () => make({ day: 20_000 }, random));
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

  it('of a family is given the place of the column', () => {
    const rules: Rules<Subject> = {
      columns: {},
      families: { ICD_DGNS_CD: (index) => () => `place ${index}` },
    };

    expect(valuesOf(column({ rifName: 'ICD_DGNS_CD25' }), rules)[0]).toBe('place 24');
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
