/** The facts of one made-up person. All files ask here, so that they tell the same story. */

import type { RifType } from '@bfd-host/rif';
import { type Day, dayOf, lastDayOf, monthOf } from './calendar.ts';
import { type DataSet, FIRST_NUMBERS } from './data-set.ts';
import { hicn, MBI_CAPACITY, mbi } from './identifiers.ts';
import { MEN, PLACES, type Place, STREETS, SURNAMES, WOMEN } from './places.ts';
import type { Random } from './random.ts';
import { MOST_FORMER_IDENTITIES } from './record-counts.ts';
import { digits } from './text.ts';

export interface Person {
  /** A day of theirs for a date that has no rule: the birthday. */
  readonly day: Day;
  readonly id: number;
  readonly year: number;
  readonly sex: '1' | '2';
  readonly race: string;
  readonly birth: Day;
  readonly age: number;
  readonly death: Day | undefined;
  readonly surname: string;
  readonly givenName: string;
  readonly middleName: string;
  readonly place: Place;
  readonly zip: string;
  readonly street: string;
  /** Why they are insured: age 0, disability 1. */
  readonly reason: '0' | '1';
  readonly hasRenalDisease: boolean;
  readonly hicn: string;
  readonly mbi: string;
  readonly mbiSince: Day;
  /** Days that each former MBI was good for. */
  readonly mbiTerm: number;
  readonly coveredSince: Day;
  /** First and last day of coverage within the year: all care lies between. */
  readonly firstDay: Day;
  readonly lastDay: Day;
  /** First and last month of them, 1 to 12. */
  readonly firstMonth: number;
  readonly lastMonth: number;
  /** Whether a state pays their premiums; then they have Medicaid too. */
  readonly isDual: boolean;
  readonly partC: Plan | undefined;
  readonly partD: (Plan & { readonly since: Day }) | undefined;
}

export interface FormerIdentity {
  readonly day: Day;
  readonly person: Person;
  readonly hicn: string;
  readonly mbi: string;
  readonly since: Day;
  readonly until: Day;
}

export interface Plan {
  readonly contract: string;
  readonly benefitPackage: string;
}

// Numbers below belong to Synthea, whose MBIs begin with 1S.
const FIRST_MBI = MBI_CAPACITY / 9;

/**
 * Makes a person.
 *
 * @param number - from the data set's `firstPerson`
 * @param counts - the records this person has; care must have an insurance that fits
 * @param random - at the start of the person's own stream
 */
export function makePerson(
  dataSet: DataSet,
  number: number,
  counts: Readonly<Record<RifType, number>>,
  random: Random,
): Person {
  const { year } = dataSet;
  const isAged = random.chance(82);
  const age = isAged ? 65 + Math.min(random.below(28), random.below(36)) : random.between(30, 64);
  const birthMonth = random.between(1, 12);
  const birth = dayOf(year - age, birthMonth, random.between(1, 28));
  const coveredSince = isAged
    ? dayOf(year - age + 65, birthMonth, 1)
    : dayOf(year - random.between(0, 8), random.between(1, 12), 1);
  const firstDay = Math.max(coveredSince, dayOf(year, 1, 1));
  const yearEnd = lastDayOf(year, 12);
  const death = random.chance(4) ? random.between(firstDay + 20, yearEnd) : undefined;
  const lastDay = death ?? yearEnd;
  const sex = random.chance(45) ? '1' : '2';
  const place = random.pick(PLACES);
  const isDual = random.chance(18);
  // A new MBI may come at any time after those that were before it.
  const mbiFrom = Math.min(Math.max(coveredSince, dayOf(2018, 4, 1)), firstDay);
  const mbiTerm = Math.floor((lastDay - mbiFrom) / (counts.BENEFICIARY_HISTORY + 1));
  return {
    day: birth,
    id: FIRST_NUMBERS.beneficiary - number,
    year,
    sex,
    race: random.pick(['1', '1', '1', '1', '2', '3', '4', '5', '6', '0']),
    birth,
    age,
    death,
    surname: `${random.pick(SURNAMES)}${random.between(100, 999)}`,
    givenName: `${random.pick(sex === '1' ? MEN : WOMEN)}${random.between(100, 999)}`,
    middleName: random.chance(70) ? String.fromCharCode(65 + random.below(26)) : '',
    place,
    zip: place.zip + digits(random.below(100), 2),
    street: `${random.between(1, 9999)} ${random.pick(STREETS)} ST`,
    reason: isAged ? '0' : '1',
    hasRenalDisease: random.chance(2),
    hicn: hicn(number),
    mbi: mbi(mbiNumber(number, 0)),
    mbiSince: mbiFrom + mbiTerm * counts.BENEFICIARY_HISTORY,
    mbiTerm,
    coveredSince,
    firstDay,
    lastDay,
    firstMonth: monthOf(firstDay).month,
    lastMonth: monthOf(lastDay).month,
    isDual,
    // Who is in a health plan seldom has claims of physicians here; who has prescriptions has a drug plan.
    partC: counts.CARRIER === 0 && random.chance(90) ? plan('Y', 40, random) : undefined,
    partD:
      counts.PDE > 0 || random.chance(30)
        ? {
            ...plan('Z', 200, random),
            since: Math.max(coveredSince, dayOf(year - random.below(6), 1, 1)),
          }
        : undefined,
  };
}

/**
 * What a person was known by before.
 *
 * @param back - 0 for the latest; less than the records of history that the person has
 */
export function formerIdentity(person: Person, back: number): FormerIdentity {
  const since = person.mbiSince - person.mbiTerm * (back + 1);
  return {
    day: since,
    person,
    // Widows were insured under their husband's number, with the letter D behind it.
    hicn: person.id % 5 === 0 ? person.hicn.replace(/A$/, 'D') : person.hicn,
    mbi: mbi(mbiNumber(FIRST_NUMBERS.beneficiary - person.id, back + 1)),
    since,
    until: since + person.mbiTerm - 1,
  };
}

function mbiNumber(person: number, back: number): number {
  return FIRST_MBI + person * (MOST_FORMER_IDENTITIES + 1) + back;
}

function plan(letter: string, contracts: number, random: Random): Plan {
  return {
    contract: letter + digits(random.below(contracts), 4),
    benefitPackage: digits(random.between(1, 20), 3),
  };
}
