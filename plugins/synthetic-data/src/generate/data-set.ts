/** What a data set will hold, worked out before any row of it is made. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import { HICN_CAPACITY } from './identifiers.ts';
import { type ClaimsPerBeneficiary, noRecords, RecordCounts } from './record-counts.ts';

/** The next free number of each kind. Made-up numbers are negative and count down. */
export interface Numbers {
  readonly beneficiary: number;
  readonly claim: number;
  readonly claimGroup: number;
  readonly pde: number;
  readonly carrierControl: number;
  readonly fiscalControl: number;
}

/**
 * Where numbers begin. Synthea's and the older sample sets have other ranges, so they may share a database with
 * these; the claim groups lie below -99,999,831,003, where no pre-validation looks for a collision.
 */
export const FIRST_NUMBERS: Numbers = {
  beneficiary: -50_000_000_001,
  claim: -500_000_000_001,
  claimGroup: -100_000_000_001,
  pde: -500_000_000_001,
  carrierControl: -500_000_000_001,
  fiscalControl: -700_000_000_001,
};

export interface DataSetOptions {
  /** Whole number from 0. Another seed gives other people with the same ids. */
  readonly seed: number;
  readonly beneficiaries: number;
  /** The year of coverage and care. */
  readonly year: number;
  readonly claimsPerBeneficiary: ClaimsPerBeneficiary;
  /** Where to go on counting, from `next` of an earlier data set; {@link FIRST_NUMBERS} if absent. */
  readonly start?: Numbers;
}

/** A file of a data set. */
export interface DataFile {
  readonly name: string;
  readonly type: RifType;
  readonly records: number;
}

export interface DataSet {
  readonly seed: number;
  readonly beneficiaries: number;
  readonly year: number;
  /** Number of the first person; it makes the beneficiary's id, HICN, MBI and random streams. */
  readonly firstPerson: number;
  readonly counts: RecordCounts;
  /** In load order. A type without a record has no file. */
  readonly files: readonly DataFile[];
  /** First numbers of each type's records. */
  readonly first: Readonly<Record<RifType, RecordNumbers>>;
  readonly records: Readonly<Record<RifType, number>>;
  /** Numbers that are free after this data set. */
  readonly next: Numbers;
}

/** Numbers of one record: its id, its claim group, and the control number its payer gives it. */
export interface RecordNumbers {
  readonly id: number;
  readonly group: number;
  readonly control: number;
}

/**
 * Plans a data set: counts its records and gives each type its range of ids. Same options, same plan.
 *
 * @throws RangeError when there are no identifiers left for so many people
 * @example
 * const dataSet = planDataSet({ seed: 1, beneficiaries: 100, year: 2025, claimsPerBeneficiary });
 * for (const chunk of generateFile('CARRIER', dataSet)) file.write(chunk);
 */
export function planDataSet(options: DataSetOptions): DataSet {
  const { seed, beneficiaries, year, claimsPerBeneficiary, start = FIRST_NUMBERS } = options;
  const firstPerson = FIRST_NUMBERS.beneficiary - start.beneficiary;
  if (firstPerson + beneficiaries > HICN_CAPACITY) {
    throw new RangeError(`there are identifiers for ${HICN_CAPACITY} people only`);
  }
  const counts = new RecordCounts(seed, firstPerson, claimsPerBeneficiary);
  const records = noRecords();
  for (let index = 0; index < beneficiaries; index++) {
    const ofPerson = counts.of(firstPerson + index);
    for (const type of RIF_TYPES) records[type] += ofPerson[type];
  }
  return {
    seed,
    beneficiaries,
    year,
    firstPerson,
    counts,
    records,
    files: RIF_TYPES.filter((type) => records[type] > 0).map((type) => ({
      name: fileName(type, year),
      type,
      records: records[type],
    })),
    ...numberRecords(records, start),
  };
}

// As Synthea calls them.
function fileName(type: RifType, year: number): string {
  return type === 'BENEFICIARY' ? `beneficiary_${year}.csv` : `${type.toLowerCase()}.csv`;
}

function numberRecords(
  records: Readonly<Record<RifType, number>>,
  start: Numbers,
): Pick<DataSet, 'first' | 'next'> {
  const next = { ...start };
  const take = (count: number, id: IdCounter, control?: ControlCounter): RecordNumbers => {
    const numbers = {
      id: next[id],
      group: next.claimGroup,
      control: control === undefined ? 0 : next[control],
    };
    next[id] -= count;
    if (id !== 'beneficiary') next.claimGroup -= count;
    if (control !== undefined) next[control] -= count;
    return numbers;
  };
  const first: Record<RifType, RecordNumbers> = {
    BENEFICIARY: take(records.BENEFICIARY, 'beneficiary'),
    // Former identities have no number of their own.
    BENEFICIARY_HISTORY: take(0, 'beneficiary'),
    CARRIER: take(records.CARRIER, 'claim', 'carrierControl'),
    DME: take(records.DME, 'claim', 'carrierControl'),
    HHA: take(records.HHA, 'claim', 'fiscalControl'),
    HOSPICE: take(records.HOSPICE, 'claim', 'fiscalControl'),
    INPATIENT: take(records.INPATIENT, 'claim', 'fiscalControl'),
    OUTPATIENT: take(records.OUTPATIENT, 'claim', 'fiscalControl'),
    PDE: take(records.PDE, 'pde'),
    SNF: take(records.SNF, 'claim', 'fiscalControl'),
  };
  return { first, next };
}

type IdCounter = 'beneficiary' | 'claim' | 'pde';
type ControlCounter = 'carrierControl' | 'fiscalControl';
