/** What marks people as made up, and keeps one from being taken for another. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import { timeOf } from '../rif/values.ts';
import { BENEFICIARY_TYPES, CLAIM_TYPES, has, type Rule, records, rows } from './rule.ts';

const MARKS =
  'Synthetic data guide of CMSgov/beneficiary-fhir-data, and the settings of Synthea’s BFD exporter';
const ID_COLUMNS = ['BENE_ID', 'CLM_ID', 'PDE_ID', 'CLM_GRP_ID'];

export const NEGATIVE_IDS: Rule = {
  name: 'negative-ids',
  says: 'Ids of people, claims, events and claim groups are negative, which no real one is.',
  source: MARKS,
  watch: (report) =>
    rows(RIF_TYPES, (row) => {
      for (const column of ID_COLUMNS) {
        if (has(row, column) && !row.get(column).startsWith('-'))
          report('not negative', row, column);
      }
    }),
};

const countingDown: Rule = {
  name: 'ids-count-down',
  says: 'New ids count down without a gap, from file to file in load order.',
  source: 'ours, after Synthea’s end state: the next data set begins where this one ends',
  notInSynthea:
    'It numbers claims in the order in which it simulates lives, and writes them by type.',
  watch: (report) => {
    const last = new Map<string, number>();
    return records(RIF_TYPES, ([row]) => {
      for (const column of ID_COLUMNS) {
        const isOwn = column === 'CLM_GRP_ID' || column === row.file.layout.grouping;
        const isPerson = column === 'BENE_ID' && row.file.type === 'BENEFICIARY';
        if (!(isOwn || isPerson) || !has(row, column) || row.get('DML_IND') !== 'INSERT') continue;
        const id = Number(row.get(column));
        const before = last.get(column);
        if (before !== undefined && id !== before - 1) report('a gap', row, column);
        last.set(column, id);
      }
    });
  },
};

// Written out here a second time, from the CMS document and not from the generator's code.
const LETTER = 'AC-HJKMNP-RT-Y'; // all but B, I, L, O, S and Z
const MBI = new RegExp(
  `^[1-9]S[0-9${LETTER}][0-9][${LETTER}][0-9${LETTER}][0-9][${LETTER}]{2}[0-9]{2}$`,
);

const mbiForm: Rule = {
  name: 'mbi-form',
  says: 'An MBI has the format of CMS with an S in second place, where no real one has it.',
  source: '“Understanding the Medicare Beneficiary Identifier (MBI) Format”, CMS',
  watch: (report) =>
    rows(BENEFICIARY_TYPES, (row) => {
      if (!MBI.test(row.get('MBI_NUM'))) report('another form', row, 'MBI_NUM');
    }),
};

const hicnForm: Rule = {
  name: 'hicn-form',
  says: 'A HICN is a T, eight digits and a letter.',
  source: MARKS,
  watch: (report) =>
    rows(BENEFICIARY_TYPES, (row) => {
      const column = 'BENE_CRNT_HIC_NUM';
      if (!/^T\d{8}[A-Z]$/.test(row.get(column))) report('another form', row, column);
    }),
};

const contractForm: Rule = {
  name: 'drug-contract-form',
  says: 'The number of a drug plan’s contract is a Z and four digits.',
  source: MARKS,
  watch: (report) =>
    rows(['BENEFICIARY', 'PDE'], (row) => {
      const columns =
        row.file.type === 'PDE'
          ? ['PLAN_CNTRCT_REC_ID']
          : ['PTD_CNTRCT_JAN_ID', 'PTD_CNTRCT_DEC_ID'];
      for (const column of columns) {
        const contract = row.get(column);
        if (contract !== '' && !/^Z\d{4}$/.test(contract)) report('another form', row, column);
      }
    }),
};

const onePersonEach: Rule = {
  name: 'identifier-of-one-person',
  says: 'An MBI, and a HICN but for its letter, belongs to one person only, former ones included.',
  source: 'CHECK_MBI_DUPES of CcwRifLoadPreValidateSynthea, CMSgov/beneficiary-fhir-data',
  watch: (report) => {
    const owners = new Map<string, string>();
    return rows(BENEFICIARY_TYPES, (row) => {
      for (const column of ['MBI_NUM', 'BENE_CRNT_HIC_NUM']) {
        const identifier = row.get(column).replace(/(?<=^T.*)[A-Z]$/, '');
        const owner = owners.get(identifier);
        if (owner !== undefined && owner !== row.get('BENE_ID')) report('of two', row, column);
        owners.set(identifier, row.get('BENE_ID'));
      }
    });
  },
};

const noReturn: Rule = {
  name: 'identities-in-order',
  says: 'An MBI that was replaced does not come back, and each is in force later than the one before it.',
  source: 'ours: what the load keeps as history from UPDATE rows must be a history',
  watch: (report) => {
    interface Known {
      readonly mbi: string;
      readonly since: number;
    }
    const current = new Map<string, Known>();
    const replaced = new Set<string>();
    return rows(['BENEFICIARY'], (row) => {
      const id = row.get('BENE_ID');
      const known = current.get(id);
      const now = { mbi: row.get('MBI_NUM'), since: timeOf(row.get('EFCTV_BGN_DT')) };
      if (known && known.mbi !== now.mbi) {
        replaced.add(known.mbi);
        if (now.since <= known.since) report('not later', row, 'EFCTV_BGN_DT');
      }
      if (replaced.has(now.mbi)) report('came back', row, 'MBI_NUM');
      current.set(id, now);
    });
  },
};

const formerBefore: Rule = {
  name: 'former-identities-before',
  says: 'A former identity with dates ends after it begins, and before the MBI that the person is inserted with.',
  source: 'ours, after the columns EFCTV_BGN_DT and EFCTV_END_DT',
  watch: (report) => {
    const first = new Map<string, number>();
    return rows(BENEFICIARY_TYPES, (row) => {
      const id = row.get('BENE_ID');
      const [since, until] = [row.get('EFCTV_BGN_DT'), row.get('EFCTV_END_DT')];
      if (row.file.type === 'BENEFICIARY') {
        if (row.get('DML_IND') === 'INSERT') first.set(id, timeOf(since));
      } else if (since !== '' && until !== '') {
        if (timeOf(since) > timeOf(until)) report('ends before it begins', row);
        if (timeOf(until) >= (first.get(id) ?? Number.POSITIVE_INFINITY)) report('ends late', row);
      }
    });
  },
};

const knownPeople: Rule = {
  name: 'known-people',
  says: 'Former identities, claims and events are of people whom the data set inserts or updates before.',
  source: 'the foreign keys of the original tables, CMSgov/beneficiary-fhir-data',
  watch: (report) => {
    const people = new Set<string>();
    const others: readonly RifType[] = ['BENEFICIARY_HISTORY', 'PDE', ...CLAIM_TYPES];
    return records(RIF_TYPES, ([row]) => {
      const id = row.get('BENE_ID');
      if (row.file.type === 'BENEFICIARY') people.add(id);
      else if (others.includes(row.file.type) && !people.has(id)) report('nobody', row, 'BENE_ID');
    });
  },
};

export const IDENTITY_RULES: readonly Rule[] = [
  NEGATIVE_IDS,
  countingDown,
  mbiForm,
  hicnForm,
  contractForm,
  onePersonEach,
  noReturn,
  formerBefore,
  knownPeople,
];
