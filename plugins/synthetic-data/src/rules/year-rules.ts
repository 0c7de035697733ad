/** What the rows of one person say of the years and their months. */

import { MONTHLY_COLUMNS, RIF_MONTHS } from '@bfd-host/rif';
import type { Row } from '../rif/rows.ts';
import { timeOf } from '../rif/values.ts';
import { type Rule, rows } from './rule.ts';

const BENEFICIARY = ['BENEFICIARY'] as const;
const SYNTHEA_FILES = 'BeneficiaryExporter of Synthea';
const CODEBOOK = 'Master Beneficiary Summary File codebook, Chronic Conditions Warehouse';

const firstInserts: Rule = {
  name: 'first-file-inserts',
  says: 'The first file that has a person inserts them, each later one updates.',
  source: `${SYNTHEA_FILES}; an INSERT of a known person changes nothing, an UPDATE of an unknown one fails`,
  watch: (report) => {
    const known = new Set<string>();
    return rows(BENEFICIARY, (row) => {
      const id = row.get('BENE_ID');
      const expected = known.has(id) ? 'UPDATE' : 'INSERT';
      if (row.get('DML_IND') !== expected) report('another action', row, 'DML_IND');
      known.add(id);
    });
  },
};

const yearOfFile: Rule = {
  name: 'year-of-file',
  says: 'beneficiary_YEAR tells of that year, and files of later years come later.',
  source: SYNTHEA_FILES,
  notInSynthea: 'In its samples the file of 2018 tells of 2019.',
  watch: (report) => {
    let last = 0;
    return {
      dataSet: () => {
        last = 0;
      },
      file: (file) => {
        const year = yearIn(file.name);
        if (year === undefined) return;
        if (year <= last) report('not later', file);
        last = year;
      },
      ...rows(BENEFICIARY, (row) => {
        if (Number(row.get('RFRNC_YR')) !== yearIn(row.file.name))
          report('another', row, 'RFRNC_YR');
      }),
    };
  },
};

function yearIn(name: string): number | undefined {
  const [, year] = /^beneficiary_(\d{4})\.csv$/.exec(name) ?? [];
  return year === undefined ? undefined : Number(year);
}

const everyYear: Rule = {
  name: 'every-year',
  says: 'Who has a row for one year has one for the next, unless they died; an updates data set has some again.',
  source: SYNTHEA_FILES,
  notInSynthea: 'In its samples 2018 is left out and 2019 comes twice.',
  watch: (report) => {
    let ofDataSet = new Set<string>();
    const { row: check } = watchYears((before, row) => {
      const step = Number(row.get('RFRNC_YR')) - Number(before.get('RFRNC_YR'));
      const isAgain = step === 0 && !ofDataSet.has(row.get('BENE_ID'));
      if (step !== 1 && !isAgain) report('a gap', row);
    });
    return {
      dataSet: () => {
        ofDataSet = new Set();
      },
      ...rows(BENEFICIARY, (row) => {
        check?.(row);
        ofDataSet.add(row.get('BENE_ID'));
      }),
    };
  },
};

const coverageWithoutGap: Rule = {
  name: 'coverage-without-gap',
  says: 'The months of coverage have no gap, within a year and from one to the next.',
  source: 'ours: nobody leaves Medicare and comes back',
  watch: (report) => {
    const { row: check } = watchYears((before, row) => {
      if (before.get('RFRNC_YR') === row.get('RFRNC_YR')) return;
      const isCovered = monthsWith(before, 'medicare_status_code').at(-1);
      if (isCovered && !monthsWith(row, 'medicare_status_code')[0]) report('not in January', row);
    });
    return rows(BENEFICIARY, (row) => {
      check?.(row);
      const months = monthsWith(row, 'medicare_status_code');
      const [first, last] = [months.indexOf(true), months.lastIndexOf(true)];
      if (months.filter(Boolean).length !== last - first + 1) report('a gap', row);
    });
  },
};

/** A rule that some columns of ccw.beneficiary_monthly are filled in the same months as the first of them. */
function sameMonths(
  facts: Pick<Rule, 'name' | 'says' | 'notInSynthea'>,
  first: string,
  others: readonly string[],
): Rule {
  return {
    ...facts,
    source: CODEBOOK,
    watch: (report) =>
      rows(BENEFICIARY, (row) => {
        const expected = monthsWith(row, first).join();
        for (const other of others) {
          if (monthsWith(row, other).join() === expected) continue;
          report('other months', row, columnsOf(other)[0]);
        }
      }),
  };
}

const MONTHS: readonly Rule[] = [
  sameMonths(
    {
      name: 'status-by-month',
      says: 'Status, buy-in and Medicaid status are told of the same months: those of coverage.',
    },
    'medicare_status_code',
    ['entitlement_buy_in_ind', 'medicaid_dual_eligibility_code'],
  ),
  sameMonths(
    {
      name: 'county-and-plans-by-month',
      says: 'County, health plan and retiree subsidy are told of each month of coverage.',
      notInSynthea:
        'It leaves the health plan empty, the county of some people, and the subsidy of those who have no drug plan.',
    },
    'medicare_status_code',
    ['fips_state_cnty_code', 'hmo_indicator_ind', 'partd_retiree_drug_subsidy_ind'],
  ),
  sameMonths(
    {
      name: 'drug-plan-by-month',
      says: 'A month with a contract of part D has a benefit package and a segment, and no other month has.',
    },
    'partd_contract_number_id',
    ['partd_pbp_number_id', 'partd_segment_number_id'],
  ),
  sameMonths(
    {
      name: 'health-plan-by-month',
      says: 'A month with a contract of part C has a benefit package, and no other month has.',
    },
    'partc_contract_number_id',
    ['partc_pbp_number_id'],
  ),
];

/** A rule that a count of months is the number of months that a column says something certain of. */
function count(
  column: string,
  says: string,
  monthly: string,
  counts: (code: string) => boolean,
  notInSynthea?: string,
): Rule {
  return {
    name: `months-${column
      .toLowerCase()
      .replace(/_mo_cnt$/, '')
      .replaceAll('_', '-')}`,
    says: `${column} is the number of months ${says}.`,
    source: CODEBOOK,
    ...(notInSynthea !== undefined && { notInSynthea }),
    watch: (report) =>
      rows(BENEFICIARY, (row) => {
        const months = columnsOf(monthly).filter((name) => counts(row.get(name))).length;
        if (Number(row.get(column)) !== months) report('another number', row, column);
      }),
  };
}

const isFilled = (code: string): boolean => code !== '';

const COUNTS: readonly Rule[] = [
  count('A_MO_CNT', 'of coverage by part A', 'medicare_status_code', isFilled),
  count('B_MO_CNT', 'of coverage by part B', 'medicare_status_code', isFilled),
  count(
    'BUYIN_MO_CNT',
    'in which a state pays the premium',
    'entitlement_buy_in_ind',
    (code) => /^[ABC]$/.test(code),
    'It counts all months.',
  ),
  count(
    'DUAL_MO_CNT',
    'with Medicaid',
    'medicaid_dual_eligibility_code',
    (code) => !['', 'NA', '00', '99'].includes(code),
    'It always writes 0.',
  ),
  count('HMO_MO_CNT', 'in a health plan', 'hmo_indicator_ind', (code) => /^[1-9A-C]$/.test(code)),
  count('PLAN_CVRG_MO_CNT', 'in a drug plan', 'partd_contract_number_id', isFilled),
  count(
    'RDS_MO_CNT',
    'with a retiree drug subsidy',
    'partd_retiree_drug_subsidy_ind',
    (code) => code === 'Y',
  ),
];

const age: Rule = {
  name: 'age',
  says: 'AGE is that at the end of the year.',
  source: CODEBOOK,
  watch: (report) =>
    rows(BENEFICIARY, (row) => {
      const born = new Date(timeOf(row.get('BENE_BIRTH_DT'))).getUTCFullYear();
      if (Number(row.get('AGE')) !== Number(row.get('RFRNC_YR')) - born)
        report('another', row, 'AGE');
    }),
};

const deathEndsCoverage: Rule = {
  name: 'death-ends-coverage',
  says: 'The year of a death has no month after it, and later years have no row.',
  source: 'ours, after the columns of the same codebook',
  watch: (report) => {
    const dead = new Set<string>();
    return rows(BENEFICIARY, (row) => {
      const id = row.get('BENE_ID');
      if (dead.has(id)) report('a row after the death', row);
      const death = row.get('DEATH_DT');
      if (death === '') return;
      dead.add(id);
      const died = new Date(timeOf(death));
      const last = monthsWith(row, 'medicare_status_code').lastIndexOf(true);
      if (died.getUTCFullYear() !== Number(row.get('RFRNC_YR'))) report('in another year', row);
      else if (last !== died.getUTCMonth()) report('last month is not that of the death', row);
    });
  },
};

/** Calls back with the row before, for people who have one. */
function watchYears(check: (before: Row, row: Row) => void): ReturnType<typeof rows> {
  const before = new Map<string, Row>();
  return rows(BENEFICIARY, (row) => {
    const last = before.get(row.get('BENE_ID'));
    if (last !== undefined) check(last, row);
    before.set(row.get('BENE_ID'), row);
  });
}

/** The twelve columns of a file that a column of ccw.beneficiary_monthly is made of. */
export function columnsOf(monthly: string): readonly string[] {
  return MONTHLY_COLUMNS.find(({ dbName }) => dbName === monthly)?.rifNames ?? [];
}

function monthsWith(row: Row, monthly: string): boolean[] {
  const columns = columnsOf(monthly);
  return RIF_MONTHS.map((_, month) => row.get(columns[month] ?? '') !== '');
}

export const YEAR_RULES: readonly Rule[] = [
  firstInserts,
  yearOfFile,
  everyYear,
  coverageWithoutGap,
  ...MONTHS,
  ...COUNTS,
  age,
  deathEndsCoverage,
];
