/** What a data set will hold, worked out before any row of it is made. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import { HICN_CAPACITY } from './identifiers.ts';
import { type ClaimsPerBeneficiary, noRecords, RecordCounts } from './record-counts.ts';
import { UpdateChoice } from './update-choice.ts';

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
 * Where numbers begin, apart from the ranges of Synthea and of the older sample sets, so that all may share a
 * database. Before it loads a synthetic data set the load looks for collisions, in ways that go beyond those ranges:
 *
 * - claim groups above -99,999,831,003 and below the data set's own: these lie below that limit;
 * - carrier claims below its own whose control number is below its own as text: these control numbers begin with a 9;
 * - Part D events below its own: these lie above Synthea's, so that Synthea's data sets can follow.
 */
export const FIRST_NUMBERS: Numbers = {
  beneficiary: -50_000_000_001,
  claim: -500_000_000_000_001,
  claimGroup: -100_000_000_001,
  pde: -1,
  carrierControl: -900_000_000_001,
  fiscalControl: -700_000_000_001,
};

const LAST_PDE = -99_999_999;

/** Most years of coverage and care, and most updates data sets: what the identifiers of a person reach for. */
export const MOST_YEARS = 20;
export const MOST_UPDATES = 20;

export interface DataSetOptions {
  /** Whole number from 0. Another seed gives other people with the same ids. */
  readonly seed: number;
  readonly beneficiaries: number;
  /** The last year of coverage and care. */
  readonly year: number;
  /** How many years up to and with `year`; 1 if absent. */
  readonly years?: number;
  readonly claimsPerBeneficiary: ClaimsPerBeneficiary;
  /** Where to go on counting, from `next` of an earlier data set; {@link FIRST_NUMBERS} if absent. */
  readonly start?: Numbers;
}

/** A file of a data set. */
export interface DataFile {
  readonly name: string;
  readonly type: RifType;
  /** The year its rows tell of; 0 in files that tell of all years. */
  readonly year: number;
  readonly records: number;
}

export interface DataSet {
  readonly seed: number;
  readonly beneficiaries: number;
  readonly firstYear: number;
  readonly lastYear: number;
  /** 0 for a data set of new people; from 1 for updates to it. */
  readonly revision: number;
  /** Number of the first person; it makes the beneficiary's id, HICN, MBI and random streams. */
  readonly firstPerson: number;
  readonly counts: RecordCounts;
  /** In load order. A type without a record has no file. */
  readonly files: readonly DataFile[];
  /** First numbers of each type's records. */
  readonly first: Readonly<Record<RifType, RecordNumbers>>;
  /** Numbers before this data set, and those that are free after it. */
  readonly start: Numbers;
  readonly next: Numbers;
}

/** Numbers of one record: its id, its claim group, and the control number its payer gives it. */
export interface RecordNumbers {
  readonly id: number;
  readonly group: number;
  readonly control: number;
}

/**
 * Plans a data set of new people: counts its records and gives each type its range of ids. Same options, same plan.
 *
 * @throws RangeError when there are no identifiers left for so many people
 * @example
 * const dataSet = planDataSet({ seed: 1, beneficiaries: 100, year: 2025, claimsPerBeneficiary });
 * for (const file of dataSet.files) await writeFile(file.name, generateFile(file, dataSet));
 */
export function planDataSet(options: DataSetOptions): DataSet {
  const { seed, beneficiaries, year, years = 1, claimsPerBeneficiary } = options;
  const { start = FIRST_NUMBERS } = options;
  const firstPerson = personOf(start.beneficiary);
  if (firstPerson + beneficiaries > HICN_CAPACITY) {
    throw new RangeError(`there are identifiers for ${HICN_CAPACITY} people only`);
  }
  const counts = new RecordCounts(seed, firstPerson, years, claimsPerBeneficiary);
  const records = noRecords();
  const alive = new Array<number>(years).fill(0);
  for (let index = 0; index < beneficiaries; index++) {
    const ofPerson = counts.of(firstPerson + index);
    for (const type of RIF_TYPES) records[type] += ofPerson.records[type];
    for (let place = 0; place < ofPerson.years; place++) alive[place] = (alive[place] ?? 0) + 1;
  }
  if (start.pde - records.PDE < LAST_PDE) {
    throw new RangeError(`there are identifiers for ${-LAST_PDE} Part D events only`);
  }
  const firstYear = year - years + 1;
  const people = alive.map((count, place) => fileOf('BENEFICIARY', count, firstYear + place));
  const others = OTHER_TYPES.map((type) => fileOf(type, records[type]));
  return {
    seed,
    beneficiaries,
    firstYear,
    lastYear: year,
    revision: 0,
    firstPerson,
    counts,
    files: [...people, ...others].filter((file) => file.records > 0),
    start,
    ...numberRecords(records, start),
  };
}

/**
 * Plans updates to a data set: a tenth of its people, who are known otherwise or live elsewhere than was said,
 * and of its claims and events, with other lines and amounts.
 *
 * @param revision - from 1 to {@link MOST_UPDATES}; each follows on those before
 * @example
 * const updates = planUpdates(planDataSet(options), 1);
 */
export function planUpdates(dataSet: DataSet, revision: number): DataSet {
  const { seed, beneficiaries, firstPerson, lastYear, counts, next } = dataSet;
  const choice = new UpdateChoice(seed, firstPerson, revision);
  const records = noRecords();
  for (let index = 0; index < beneficiaries; index++) {
    const person = firstPerson + index;
    const ofPerson = counts.of(person);
    if (!ofPerson.dies && choice.changesOf(person)) records.BENEFICIARY++;
    for (const type of OTHER_TYPES) {
      // Former identities have no number by which one could be replaced.
      if (type === 'BENEFICIARY_HISTORY') continue;
      choice.start(person, type);
      for (let place = 0; place < ofPerson.records[type]; place++) {
        if (choice.takes(place)) records[type]++;
      }
    }
  }
  const people = fileOf('BENEFICIARY', records.BENEFICIARY, lastYear);
  const others = OTHER_TYPES.map((type) => fileOf(type, records[type]));
  return {
    ...dataSet,
    revision,
    files: [people, ...others].filter((file) => file.records > 0),
    start: next,
  };
}

/** The number of the person who has this BENE_ID. */
export function personOf(beneficiary: number): number {
  return FIRST_NUMBERS.beneficiary - beneficiary;
}

const OTHER_TYPES = RIF_TYPES.filter((type) => type !== 'BENEFICIARY');

// Named as Synthea names them.
function fileOf(type: RifType, records: number, year = 0): DataFile {
  const name = year === 0 ? `${type.toLowerCase()}.csv` : `beneficiary_${year}.csv`;
  return { name, type, year, records };
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
