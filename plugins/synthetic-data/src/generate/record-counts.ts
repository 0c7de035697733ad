/** How many records of each type a person has, before any of them is made. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import { Random } from './random.ts';

/** Types whose records come from care: a person has none, some or many. */
export const CARE_TYPES = [
  'CARRIER',
  'DME',
  'HHA',
  'HOSPICE',
  'INPATIENT',
  'OUTPATIENT',
  'PDE',
  'SNF',
] as const satisfies readonly RifType[];

export type CareType = (typeof CARE_TYPES)[number];

/** Mean number of records of a type and person, over all years together. */
export type ClaimsPerBeneficiary = Readonly<Record<CareType, number>>;

/** About 16 KB of files a person, with some of everything. */
export const DEFAULT_CLAIMS_PER_BENEFICIARY: ClaimsPerBeneficiary = {
  CARRIER: 6,
  DME: 0.5,
  HHA: 0.2,
  HOSPICE: 0.1,
  INPATIENT: 0.3,
  OUTPATIENT: 2,
  PDE: 8,
  SNF: 0.1,
};

/** Most former identities of a person at the beginning of the first year. */
export const MOST_FORMER_IDENTITIES = 3;

const FORMER_IDENTITIES_PER_BENEFICIARY = 0.15;
const PERCENT_DYING_PER_YEAR = 4;

export interface PersonCounts {
  readonly records: Readonly<Record<RifType, number>>;
  /** Years from the first to the last, or to that of the death: as many rows the person has. */
  readonly years: number;
  /** Whether the person dies in the last of these. */
  readonly dies: boolean;
}

/**
 * Counts that follow from seed and person alone. Adding them up gives the first id of each type without
 * making a claim, which is what lets ids count down without a gap although files are made separately.
 *
 * The first person has at least one record of each type that is wanted at all and lives to the end, so that
 * nothing is missing from a small data set.
 */
export class RecordCounts {
  private readonly random = new Random();
  private readonly limits: Readonly<Record<RifType, readonly number[]>>;
  private readonly counts = { records: noRecords(), years: 0, dies: false };
  private readonly seed: number;
  private readonly firstPerson: number;
  private readonly years: number;

  constructor(seed: number, firstPerson: number, years: number, means: ClaimsPerBeneficiary) {
    this.seed = seed;
    this.firstPerson = firstPerson;
    this.years = years;
    this.limits = {
      BENEFICIARY: [],
      BENEFICIARY_HISTORY: limitsOf(FORMER_IDENTITIES_PER_BENEFICIARY, MOST_FORMER_IDENTITIES),
      CARRIER: limitsOf(means.CARRIER),
      DME: limitsOf(means.DME),
      HHA: limitsOf(means.HHA),
      HOSPICE: limitsOf(means.HOSPICE),
      INPATIENT: limitsOf(means.INPATIENT),
      OUTPATIENT: limitsOf(means.OUTPATIENT),
      PDE: limitsOf(means.PDE),
      SNF: limitsOf(means.SNF),
    };
  }

  /** The counts of a person; the object is the same at each call. */
  of(person: number): PersonCounts {
    const { random, counts, limits } = this;
    const isFirst = person === this.firstPerson;
    const least = isFirst ? 1 : 0;
    random.start(this.seed, person, 'counts');
    for (const type of RIF_TYPES) {
      const limit = limits[type];
      const draw = random.next();
      let count = limit.length === 0 ? 0 : least;
      while (count < limit.length && draw >= (limit[count] ?? 0)) count++;
      counts.records[type] = count;
    }
    counts.records.BENEFICIARY = 1;
    counts.years = 0;
    do {
      counts.years++;
      counts.dies = !isFirst && random.chance(PERCENT_DYING_PER_YEAR);
    } while (counts.years < this.years && !counts.dies);
    return counts;
  }
}

export function noRecords(): Record<RifType, number> {
  return {
    BENEFICIARY: 0,
    BENEFICIARY_HISTORY: 0,
    CARRIER: 0,
    DME: 0,
    HHA: 0,
    HOSPICE: 0,
    INPATIENT: 0,
    OUTPATIENT: 0,
    PDE: 0,
    SNF: 0,
  };
}

// A geometric distribution: many have none, few have many, as in life. The draw that is below the nth
// limit, and not below an earlier one, gives the count n.
function limitsOf(mean: number, most = Math.ceil(8 * mean) + 4): number[] {
  if (mean === 0) return [];
  const limits: number[] = [];
  let more = 1;
  for (let count = 0; count < most; count++) {
    more *= mean / (1 + mean);
    limits.push((1 - more) * 2 ** 32);
  }
  return limits;
}
