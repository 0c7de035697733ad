/** How the rows of a claim hang together, with each other and with the person. */

import { ACTION_COLUMN } from '@bfd-host/rif';
import type { Row } from '../rif/rows.ts';
import { timeOf } from '../rif/values.ts';
import { CLAIM_TYPES, has, INSTITUTION_TYPES, type Rule, records, SUPPLIER_TYPES } from './rule.ts';
import { columnsOf } from './year-rules.ts';

const GROUPING =
  'RifFilesProcessor of CMSgov/beneficiary-fhir-data: rows that follow each other are one claim';
const CODEBOOK = 'Medicare FFS Claims codebook, Chronic Conditions Warehouse';
const RECORD_TYPES = [...CLAIM_TYPES, 'PDE'] as const;

const rowsTogether: Rule = {
  name: 'rows-together',
  says: 'The rows of a claim stand together, and no id is inserted twice.',
  source: GROUPING,
  watch: (report) => {
    const seen = new Set<string>();
    let ofDataSet = new Set<string>();
    return {
      dataSet: () => {
        ofDataSet = new Set();
      },
      ...records(RECORD_TYPES, ([row]) => {
        const id = idOf(row);
        if (ofDataSet.has(id)) report('apart', row, row.file.layout.grouping);
        ofDataSet.add(id);
        const isNew = row.get(ACTION_COLUMN) === 'INSERT';
        if (isNew && seen.has(id)) report('twice', row, row.file.layout.grouping);
        if (!isNew && !seen.has(id)) report('update of nothing', row, row.file.layout.grouping);
        seen.add(id);
      }),
    };
  },
};

const columnsRepeat: Rule = {
  name: 'claim-columns-repeat',
  says: 'All rows of a claim have the same in the columns of the claim.',
  source: `${GROUPING}, of which the first row counts`,
  watch: (report) =>
    records(CLAIM_TYPES, ([first, ...others]) => {
      for (const { rifName } of first.file.layout.columns) {
        const value = first.get(rifName);
        const other = others.find((row) => row.get(rifName) !== value);
        if (other) report('differs', other, rifName);
      }
    }),
};

const lineNumbers: Rule = {
  name: 'line-numbers',
  says: 'The lines of a claim are numbered from 1 without a gap.',
  source: CODEBOOK,
  watch: (report) =>
    records(CLAIM_TYPES, (rows) => {
      const { lineNumber = '' } = rows[0].file.layout.lines ?? {};
      for (const [index, row] of rows.entries()) {
        if (row.get(lineNumber.toUpperCase()) !== String(index + 1)) report('another number', row);
      }
    }),
};

const samePerson: Rule = {
  name: 'update-of-same-care',
  says: 'An UPDATE leaves a claim or event with its person, claim group, control number and dates of care.',
  source: 'ours: the load replaces the whole record, and the care was that of the same person',
  watch: (report) => {
    const known = new Map<string, string>();
    const columns = [
      'BENE_ID',
      'CLM_GRP_ID',
      'CARR_CLM_CNTL_NUM',
      'FI_DOC_CLM_CNTL_NUM',
      'CLM_FROM_DT',
      'CLM_THRU_DT',
      'SRVC_DT',
      'PROD_SRVC_ID',
    ];
    return records(RECORD_TYPES, ([row]) => {
      const id = idOf(row);
      const facts = columns.map((column) => row.get(column)).join('|');
      const before = known.get(id);
      if (before !== undefined && before !== facts) report('another', row);
      known.set(id, facts);
    });
  },
};

const datesInOrder: Rule = {
  name: 'dates-in-order',
  says: 'Care begins, ends, and is processed or paid, in this order.',
  source: CODEBOOK,
  watch: (report) =>
    records(RECORD_TYPES, ([row]) => {
      const isEvent = row.file.type === 'PDE';
      const columns = isEvent
        ? ['SRVC_DT', 'PD_DT']
        : ['CLM_FROM_DT', 'CLM_THRU_DT', 'NCH_WKLY_PROC_DT'];
      for (const [index, column] of columns.slice(1).entries()) {
        const before = timeOf(row.get(columns[index] ?? ''));
        if (timeOf(row.get(column)) < before) report('too early', row, column);
      }
    }),
};

const linesWithin: Rule = {
  name: 'line-dates-within-claim',
  says: 'The dates of lines lie within those of the claim.',
  source: CODEBOOK,
  notInSynthea: 'A line of an outpatient claim in its samples is two days late.',
  watch: (report) =>
    records(CLAIM_TYPES, (rows) => {
      const [from, thru] = spanOf(rows[0]);
      for (const row of rows) {
        for (const column of ['LINE_1ST_EXPNS_DT', 'LINE_LAST_EXPNS_DT', 'REV_CNTR_DT']) {
          const day = row.get(column);
          if (day === '') continue;
          if (timeOf(day) < from || timeOf(day) > thru) report('outside', row, column);
        }
      }
    }),
};

const onFriday: Rule = {
  name: 'processed-on-friday',
  says: 'Claims are processed in weekly batches, on a Friday.',
  source: `${CODEBOOK}: NCH weekly claim processing date`,
  notInSynthea: 'In its samples some are processed on a Thursday.',
  watch: (report) =>
    records(CLAIM_TYPES, ([row]) => {
      const processed = new Date(timeOf(row.get('NCH_WKLY_PROC_DT')));
      if (processed.getUTCDay() !== 5) report('another day', row, 'NCH_WKLY_PROC_DT');
    }),
};

const withinCoverage: Rule = {
  name: 'care-within-coverage',
  says: 'Care begins and ends in months of coverage, in years that the beneficiary files tell of.',
  source: 'ours: nobody is paid for outside of coverage, nor after death',
  watch: (report) => {
    const covered = new Set<string>();
    const told = new Set<string>();
    const deaths = new Map<string, number>();
    return records([...RECORD_TYPES, 'BENEFICIARY'], ([row]) => {
      const id = row.get('BENE_ID');
      if (row.file.type === 'BENEFICIARY') {
        told.add(`${id} ${row.get('RFRNC_YR')}`);
        for (const [month, column] of columnsOf('medicare_status_code').entries()) {
          if (row.get(column) !== '') covered.add(`${id} ${row.get('RFRNC_YR')} ${month}`);
        }
        if (row.get('DEATH_DT') !== '') deaths.set(id, timeOf(row.get('DEATH_DT')));
        return;
      }
      for (const time of spanOf(row)) {
        const day = new Date(time);
        const year = `${id} ${day.getUTCFullYear()}`;
        const isCovered = covered.has(`${year} ${day.getUTCMonth()}`);
        if (told.has(year) && !isCovered) report('not covered', row);
        if (time > (deaths.get(id) ?? Number.POSITIVE_INFINITY)) report('after the death', row);
      }
    });
  },
};

const drugPlanOfEvent: Rule = {
  name: 'drug-plan-of-event',
  says: 'An event names the contract that the person has in that month, if the year is told of.',
  source: `${CODEBOOK}: PLAN_CNTRCT_REC_ID`,
  watch: (report) => {
    const contracts = new Map<string, string>();
    return records(['BENEFICIARY', 'PDE'], ([row]) => {
      const id = row.get('BENE_ID');
      if (row.file.type === 'BENEFICIARY') {
        for (const [month, column] of columnsOf('partd_contract_number_id').entries()) {
          contracts.set(`${id} ${row.get('RFRNC_YR')} ${month}`, row.get(column));
        }
        return;
      }
      const day = new Date(timeOf(row.get('SRVC_DT')));
      const contract = contracts.get(`${id} ${day.getUTCFullYear()} ${day.getUTCMonth()}`);
      const isOther = contract !== undefined && contract !== row.get('PLAN_CNTRCT_REC_ID');
      if (isOther) report('another', row, 'PLAN_CNTRCT_REC_ID');
    });
  },
};

const FAMILIES = [
  ['ICD_DGNS_CD', 'ICD_DGNS_VRSN_CD'],
  ['ICD_DGNS_E_CD', 'ICD_DGNS_E_VRSN_CD'],
  ['ICD_PRCDR_CD', 'ICD_PRCDR_VRSN_CD', 'PRCDR_DT'],
  ['RSN_VISIT_CD', 'RSN_VISIT_VRSN_CD'],
] as const;

const codesWithoutGap: Rule = {
  name: 'numbered-codes',
  says: 'Numbered codes fill their columns from the first on, each with its version, a procedure with its date.',
  source: CODEBOOK,
  watch: (report) =>
    records(CLAIM_TYPES, ([row]) => {
      for (const [code, ...others] of FAMILIES) {
        let wasEmpty = false;
        for (let place = 1; has(row, `${code}${place}`); place++) {
          const isEmpty = row.get(`${code}${place}`) === '';
          if (wasEmpty && !isEmpty) report('a gap', row, `${code}${place}`);
          for (const other of others) {
            const isAlone = (row.get(`${other}${place}`) === '') !== isEmpty;
            if (isAlone) report('without the other', row, `${other}${place}`);
          }
          wasEmpty = isEmpty;
        }
      }
    }),
};

const principalFirst: Rule = {
  name: 'principal-diagnosis-first',
  says: 'The principal diagnosis is the first of the numbered ones.',
  source: CODEBOOK,
  notInSynthea:
    'Its institutional claims name the reason of the stay, and number what is known of the person.',
  watch: (report) =>
    records(CLAIM_TYPES, ([row]) => {
      if (row.get('PRNCPAL_DGNS_CD') !== row.get('ICD_DGNS_CD1')) report('another', row);
    }),
};

const proceduresWithin: Rule = {
  name: 'procedures-within-claim',
  says: 'Procedures are dated within the claim.',
  source: CODEBOOK,
  watch: (report) =>
    records(INSTITUTION_TYPES, ([row]) => {
      const [from, thru] = spanOf(row);
      for (let place = 1; has(row, `PRCDR_DT${place}`); place++) {
        const day = row.get(`PRCDR_DT${place}`);
        if (day === '') continue;
        if (timeOf(day) < from || timeOf(day) > thru) report('outside', row, `PRCDR_DT${place}`);
      }
    }),
};

const lineDiagnosis: Rule = {
  name: 'line-diagnosis-of-claim',
  says: 'The diagnosis of a line is one of its claim.',
  source: CODEBOOK,
  watch: (report) =>
    records(SUPPLIER_TYPES, (rows) => {
      const [first] = rows;
      const diagnoses = new Set<string>(['', first.get('PRNCPAL_DGNS_CD')]);
      for (let place = 1; has(first, `ICD_DGNS_CD${place}`); place++) {
        diagnoses.add(first.get(`ICD_DGNS_CD${place}`));
      }
      for (const row of rows) {
        const isKnown = diagnoses.has(row.get('LINE_ICD_DGNS_CD'));
        if (!isKnown) report('another', row, 'LINE_ICD_DGNS_CD');
      }
    }),
};

function idOf(row: Row): string {
  const { grouping = '' } = row.file.layout;
  return `${grouping} ${row.get(grouping)}`;
}

/** First and last day of care. */
function spanOf(row: Row): readonly [from: number, thru: number] {
  if (row.file.type === 'PDE') return [timeOf(row.get('SRVC_DT')), timeOf(row.get('SRVC_DT'))];
  return [timeOf(row.get('CLM_FROM_DT')), timeOf(row.get('CLM_THRU_DT'))];
}

export const CLAIM_RULES: readonly Rule[] = [
  rowsTogether,
  columnsRepeat,
  lineNumbers,
  samePerson,
  datesInOrder,
  linesWithin,
  onFriday,
  withinCoverage,
  drugPlanOfEvent,
  codesWithoutGap,
  principalFirst,
  proceduresWithin,
  lineDiagnosis,
];
