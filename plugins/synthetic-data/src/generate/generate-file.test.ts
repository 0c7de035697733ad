import { createHash } from 'node:crypto';
import { RIF_LAYOUTS, RIF_TYPES, type RifType, rifHeader } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataSetOptions, generateFile, planDataSet, planUpdates } from '../generator.ts';
import { DATA_SET, file, make, OPTIONS } from './read-back.testkit.ts';

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

/** Told of claims that replace others only. */
const OF_UPDATES = ['FI_ORIG_CLM_CNTL_NUM'];

describe.each(DATA_SET.files)('the file $name', ({ name, type, year, records }) => {
  it('has the header of its layout', () => {
    const { header } = file(name);

    expect(header).toEqual(rifHeader(RIF_LAYOUTS[type]));
    expect(header).toHaveLength(HEADER_COLUMNS[type]);
  });

  it('has as many records as the plan says, with the action of its place', () => {
    const { rows } = file(name);
    const { grouping } = RIF_LAYOUTS[type];
    const made = grouping ? new Set(rows.map((row) => row(grouping))).size : rows.length;

    expect(made).toBe(records);
    const action = year > DATA_SET.firstYear ? 'UPDATE' : 'INSERT';
    expect(new Set(rows.map((row) => row('DML_IND')))).toEqual(new Set([action]));
  });
});

describe.each(RIF_TYPES)('files of type %s', (type) => {
  it('leave no column empty throughout', () => {
    const names = DATA_SET.files.filter((each) => each.type === type).map(({ name }) => name);
    const rows = names.flatMap((name) => file(name).rows);
    const empty = rifHeader(RIF_LAYOUTS[type]).filter((column) => {
      return rows.every((row) => row(column) === '');
    });

    expect(empty.filter((column) => !OF_UPDATES.includes(column))).toEqual([]);
  });
});

describe('the same options', () => {
  const few = { ...OPTIONS, beneficiaries: 60 };
  const sha256 = (options: DataSetOptions) => {
    const hash = createHash('sha256');
    const people = planDataSet(options);
    for (const dataSet of [people, planUpdates(people, 1)]) {
      for (const each of dataSet.files) hash.update(make(each, dataSet));
    }
    return hash.digest('hex');
  };

  it('give the same bytes, updates included', () => {
    expect(sha256(few)).toBe(sha256({ ...few }));
  });

  it('give other bytes with another seed', () => {
    expect(sha256({ ...few, seed: 2 })).not.toBe(sha256(few));
  });
});

describe('the tally', () => {
  it('counts what has been made', () => {
    const planned = DATA_SET.files.find(({ type }) => type === 'HHA');
    if (planned === undefined) throw new Error('there is no such file');
    const tally = { records: 0, rows: 0, bytes: 0 };
    const bytes = Buffer.concat(
      Array.from(generateFile(planned, DATA_SET, tally), (chunk) => Buffer.from(chunk)),
    );

    expect(tally).toEqual({
      records: planned.records,
      rows: file('hha.csv').rows.length,
      bytes: bytes.length,
    });
  });
});
