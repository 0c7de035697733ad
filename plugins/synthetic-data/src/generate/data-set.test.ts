import { MONTHLY_COLUMNS, RIF_TYPES } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataSet, planDataSet, planUpdates } from '../generator.ts';
import {
  CLAIM_TYPES,
  DATA_SET,
  file,
  make,
  OPTIONS,
  parse,
  type Row,
} from './read-back.testkit.ts';

// What holds in every data set is in ../rules; here is what one must have in it, and how one follows another.

const FEW = { ...OPTIONS, beneficiaries: 80 };
const UPDATES = planUpdates(DATA_SET, 1);
const YEARS = [2023, 2024, 2025] as const;

describe('a data set', () => {
  it('has every type and year also when it is as small as can be', () => {
    const dataSet = planDataSet({ ...OPTIONS, beneficiaries: 1 });

    expect(dataSet.files.map(({ name }) => name)).toEqual([
      ...YEARS.map((year) => `beneficiary_${year}.csv`),
      ...RIF_TYPES.slice(1).map((type) => `${type.toLowerCase()}.csv`),
    ]);
    for (const each of dataSet.files) {
      expect(parse(make(each, dataSet)).rows.length).toBeGreaterThan(0);
    }
  });

  it('has no file of a type that is not wanted', () => {
    const claimsPerBeneficiary = { ...OPTIONS.claimsPerBeneficiary, SNF: 0 };
    const dataSet = planDataSet({ ...OPTIONS, claimsPerBeneficiary });

    expect(dataSet.files.map(({ type }) => type)).not.toContain('SNF');
  });

  it('is of one year unless told otherwise', () => {
    const { years: _, ...options } = OPTIONS;

    expect(planDataSet(options).files.map(({ name }) => name)[0]).toBe('beneficiary_2025.csv');
  });

  it('has claims of one line and of several', () => {
    const lines = new Map<string, number>();
    for (const row of file('carrier.csv').rows) {
      lines.set(row('CLM_ID'), (lines.get(row('CLM_ID')) ?? 0) + 1);
    }

    expect([...new Set(lines.values())].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes on where an earlier one ended', () => {
    const earlier = planDataSet(FEW);
    const later = planDataSet({ ...FEW, start: earlier.next });
    const before = identifiers(earlier);
    const after = identifiers(later);

    expect(new Set([...before, ...after]).size).toBe(before.length + after.length);
    expect(after[0]).toBe(`BENE_ID ${earlier.next.beneficiary}`);
  });

  it('is refused when there are no identifiers left for its people', () => {
    const start = { ...DATA_SET.next, beneficiary: -50_099_999_999 };

    expect(() => planDataSet({ ...OPTIONS, start })).toThrow(RangeError);
  });

  it('is refused when its events would reach the numbers of Synthea', () => {
    const start = { ...DATA_SET.next, pde: -99_999_990 };

    expect(() => planDataSet({ ...OPTIONS, start })).toThrow(RangeError);
  });
});

describe('the years', () => {
  it('tell of deaths, and people who died have no further row', () => {
    const [first, second, third] = YEARS.map((year) => rowsOf(year).length);

    expect(first).toBe(OPTIONS.beneficiaries);
    expect(second).toBeLessThan(first ?? 0);
    expect(third).toBeLessThan(second ?? 0);
    expect(rowsOf(2024).filter((row) => row('DEATH_DT') !== '').length).toBeGreaterThan(0);
  });

  it.each([
    ['MBI_NUM', 5],
    ['BENE_CRNT_HIC_NUM', 1],
    ['BENE_BIRTH_DT', 1],
    ['BENE_SEX_IDENT_CD', 1],
    ['EFCTV_BGN_DT', 5],
    ['STATE_CODE', 1],
    ['PTD_CNTRCT_DEC_ID', 5],
    ['META_DUAL_ELGBL_STUS_DEC_CD', 1],
  ])('bring another %s to some people', (column, least) => {
    const changes = YEARS.slice(1).flatMap((year) =>
      changed(rowsOf(year - 1), rowsOf(year), column),
    );

    expect(changes.length).toBeGreaterThanOrEqual(least);
  });

  it('bring changes within a year, too', () => {
    const rows = YEARS.flatMap(rowsOf);
    const varied = MONTHLY_COLUMNS.filter(({ rifNames }) =>
      rows.some((row) => {
        const values = rifNames.map((name) => row(name)).filter((value) => value !== '');
        return new Set(values).size > 1;
      }),
    );

    expect(varied.map(({ dbName }) => dbName)).toEqual(
      expect.arrayContaining(['fips_state_cnty_code', 'medicaid_dual_eligibility_code']),
    );
  });

  it('make the first person known by another MBI in the second, however few there are', () => {
    const dataSet = planDataSet({ ...OPTIONS, beneficiaries: 1, years: 2 });
    const [before, after] = dataSet.files.map((each) => parse(make(each, dataSet)).rows[0]);

    expect(before?.('MBI_NUM')).not.toBe(after?.('MBI_NUM'));
    expect(before?.('BENE_ID')).toBe(after?.('BENE_ID'));
  });
});

describe('an updates data set', () => {
  it('has UPDATE rows of every type that has records of its own', () => {
    expect(UPDATES.files.map(({ name }) => name)).toEqual([
      'beneficiary_2025.csv',
      ...['CARRIER', 'DME', 'HHA', 'HOSPICE', 'INPATIENT', 'OUTPATIENT', 'PDE', 'SNF'].map(
        (type) => `${type.toLowerCase()}.csv`,
      ),
    ]);
    for (const each of UPDATES.files) {
      const { rows } = parse(make(each, UPDATES));
      expect(new Set(rows.map((row) => row('DML_IND')))).toEqual(new Set(['UPDATE']));
    }
  });

  it('brings about a tenth of people and claims', () => {
    for (const { type, records } of UPDATES.files) {
      const all = DATA_SET.files.find((each) => each.type === type)?.records ?? 0;
      expect(records / all, type).toBeGreaterThan(0.05);
      expect(records / all, type).toBeLessThan(0.2);
    }
  });

  it('gives each of its claims another number of lines', () => {
    for (const type of CLAIM_TYPES) {
      const name = `${type.toLowerCase()}.csv`;
      const before = lineCounts(file(name).rows);
      for (const [claim, count] of lineCounts(rowsIn(UPDATES, name))) {
        expect(count, type).not.toBe(before.get(claim));
      }
    }
  });

  it('says otherwise who some people are, and where they lived', () => {
    const before = rowsOf(2025);
    const after = rowsIn(UPDATES, 'beneficiary_2025.csv');

    expect(changed(before, after, 'MBI_NUM').length).toBeGreaterThan(0);
    expect(changed(before, after, 'FIPS_STATE_CNTY_DEC_CD').length).toBeGreaterThan(0);
  });

  it('keeps what the updates before it said', () => {
    const one = people(rowsIn(UPDATES, 'beneficiary_2025.csv'));
    const two = people(rowsIn(planUpdates(DATA_SET, 2), 'beneficiary_2025.csv'));
    const first = String(DATA_SET.start.beneficiary);

    // The first person is in all of them: first with another MBI, then with another HICN.
    expect(one.get(first)?.('MBI_NUM')).toBe(two.get(first)?.('MBI_NUM'));
    expect(one.get(first)?.('BENE_CRNT_HIC_NUM')).not.toBe(two.get(first)?.('BENE_CRNT_HIC_NUM'));
  });

  it('changes something also when there is one person only', () => {
    const one = planDataSet({ ...OPTIONS, beneficiaries: 1 });

    expect(planUpdates(one, 1).files).toHaveLength(9);
  });

  it('takes no numbers', () => {
    expect(UPDATES.next).toEqual(DATA_SET.next);
  });
});

function rowsOf(year: number): readonly Row[] {
  return file(`beneficiary_${year}.csv`).rows;
}

function rowsIn(dataSet: DataSet, name: string): readonly Row[] {
  const planned = dataSet.files.find((each) => each.name === name);
  return planned === undefined ? [] : parse(make(planned, dataSet)).rows;
}

function people(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row('BENE_ID'), row]));
}

/** Who has something else in a column afterwards. */
function changed(before: readonly Row[], after: readonly Row[], column: string): string[] {
  const known = people(before);
  return after
    .filter((row) => known.get(row('BENE_ID'))?.(column) !== row(column))
    .map((row) => row('BENE_ID'));
}

function lineCounts(rows: readonly Row[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row('CLM_ID'), (counts.get(row('CLM_ID')) ?? 0) + 1);
  return counts;
}

/** What may stand for one person or record only. */
function identifiers(dataSet: DataSet): string[] {
  const found = dataSet.files.flatMap((each) => {
    const columns: Partial<Record<string, readonly string[]>> = {
      BENEFICIARY: ['BENE_ID', 'MBI_NUM'],
      BENEFICIARY_HISTORY: ['MBI_NUM'],
      PDE: ['PDE_ID', 'CLM_GRP_ID'],
    };
    const names = columns[each.type] ?? ['CLM_ID', 'CLM_GRP_ID'];
    const { rows } = parse(make(each, dataSet));
    return names.flatMap((name) => rows.map((row) => `${name} ${row(name)}`));
  });
  return [...new Set(found)];
}
