import { createHash } from 'node:crypto';
import { RIF_LAYOUTS, RIF_TYPES, type RifColumn, type RifType, rifHeader } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataSetOptions, generateFile, planDataSet } from '../generator.ts';
import { claimsOf, file, make, OPTIONS, Problems, timeOf } from './read-back.testkit.ts';

/** Header columns with the action, as the files of the original have them. */
const HEADER_COLUMNS: Readonly<Record<RifType, number>> = {
  BENEFICIARY: 210,
  BENEFICIARY_HISTORY: 21,
  CARRIER: 100,
  DME: 95,
  HHA: 132,
  HOSPICE: 130,
  INPATIENT: 275,
  OUTPATIENT: 234,
  PDE: 41,
  SNF: 230,
};

describe.each(RIF_TYPES)('a file of type %s', (type) => {
  it('has the header of its layout', () => {
    const { header } = file(type);

    expect(header).toEqual(rifHeader(RIF_LAYOUTS[type]));
    expect(header).toHaveLength(HEADER_COLUMNS[type]);
  });

  it('inserts as many records as the plan says', () => {
    const { rows } = file(type);
    const { grouping } = RIF_LAYOUTS[type];
    const records = grouping ? new Set(rows.map((row) => row(grouping))).size : rows.length;

    expect(records).toBe(planDataSet(OPTIONS).records[type]);
    expect(new Set(rows.map((row) => row('DML_IND')))).toEqual(new Set(['INSERT']));
  });

  it('fills each column by its kind, and a required one in every row', () => {
    const problems = new Problems();
    for (const row of file(type).rows) {
      for (const column of columnsOf(type)) {
        const problem = problemOf(row(column.rifName), column);
        problems.check(problem === undefined, `${column.rifName}: ${problem}`);
      }
    }

    problems.expectNone();
  });

  it('leaves no column empty throughout', () => {
    const { rows } = file(type);
    const empty = columnsOf(type)
      .map((column) => column.rifName)
      .filter((name) => rows.every((row) => row(name) === ''));

    expect(empty).toEqual([]);
  });

  it('is the same bytes for the same options, and others for another seed', () => {
    const few = { ...OPTIONS, beneficiaries: 200 };
    const sha256 = (options: DataSetOptions) =>
      createHash('sha256').update(make(type, options)).digest('hex');

    expect(sha256(few)).toBe(sha256({ ...few }));
    expect(sha256({ ...few, seed: 2 })).not.toBe(sha256(few));
  });
});

describe('the tally', () => {
  it('counts what has been made', () => {
    const tally = { records: 0, rows: 0, bytes: 0 };
    const bytes = Buffer.concat([...generateFile('HHA', planDataSet(OPTIONS), tally)]);

    expect(tally).toEqual({
      records: claimsOf('HHA').length,
      rows: file('HHA').rows.length,
      bytes: bytes.length,
    });
  });
});

function columnsOf(type: RifType): readonly RifColumn[] {
  const { columns, lines } = RIF_LAYOUTS[type];
  return [...columns, ...(lines?.columns ?? [])];
}

const LIMITS = { smallint: 32_767n, integer: 2_147_483_647n, bigint: 9_223_372_036_854_775_807n };

/** What is wrong with a field by the rules of the format, or nothing. */
function problemOf(text: string, column: RifColumn): string | undefined {
  if (text === '') return column.whenEmpty === 'null' ? undefined : 'required, but empty';
  if (text !== text.trim()) return 'blanks around it';
  switch (column.kind) {
    case 'text':
      return text.length > (column.maxLength ?? 0) ? 'too long' : undefined;
    case 'char':
      return text.length === 1 ? undefined : 'not one character';
    case 'date':
      return Number.isNaN(timeOf(text)) ? 'no date' : undefined;
    case 'timestamp':
      return 'no column has this kind';
    case 'integer': {
      if (!/^-?\d+$/.test(text)) return 'no whole number';
      const limit = LIMITS[column.range ?? 'smallint'];
      return BigInt(text) <= limit && BigInt(text) >= -limit ? undefined : 'out of range';
    }
    case 'decimal': {
      const [, whole = '', fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
      if (whole === '') return 'no number';
      if (column.precision === undefined) return undefined;
      const scale = column.scale ?? 0;
      if (fraction.length > scale) return 'too many digits behind the point';
      return whole.length > column.precision - scale ? 'too many digits' : undefined;
    }
  }
}
