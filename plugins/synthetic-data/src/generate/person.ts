/** The facts of one made-up person over all years. All files ask here, so that they tell the same story. */

import { type Day, dayOf, firstDayOf, type Month, monthAt, monthOf } from './calendar.ts';
import { type DataSet, FIRST_NUMBERS } from './data-set.ts';
import { MEN, PLACES, type Place, STREETS, SURNAMES, WOMEN } from './places.ts';
import type { Random } from './random.ts';
import type { PersonCounts } from './record-counts.ts';
import { digits } from './text.ts';
import { UpdateChoice } from './update-choice.ts';

export interface Person {
  readonly number: number;
  readonly id: number;
  /** As first recorded; corrections are among the identities. */
  readonly birth: Day;
  readonly sex: Sex;
  readonly birthYear: number;
  readonly race: string;
  readonly surname: string;
  readonly givenName: string;
  readonly middleName: string;
  readonly death: Day | undefined;
  /** Why they were insured first: age 0, disability 1. */
  readonly reason: '0' | '1';
  /** The month from which age is the reason. */
  readonly agedSince: Month;
  readonly hasRenalDisease: boolean;
  readonly coveredSince: Day;
  /** First and last day of coverage within the years: all care lies between. */
  readonly firstDay: Day;
  readonly lastDay: Day;
  /** Oldest first; there is one for every month. */
  readonly homes: readonly Home[];
  /** Months at which a state begins to pay the premiums, stops, begins again; then they have Medicaid too. */
  readonly dualSwitches: readonly Month[];
  /** Part C, from some month on. */
  readonly healthPlan: Plan | undefined;
  /** Part D: from the first one's month on there is always one. */
  readonly drugPlans: readonly Plan[];
}

export type Sex = '1' | '2';

export interface Home {
  readonly since: Month;
  readonly place: Place;
  readonly zip: string;
  readonly street: string;
}

export interface Plan {
  readonly since: Month;
  readonly contract: string;
  readonly benefitPackage: string;
}

/**
 * Makes a person as they are known after the data set's updates.
 *
 * @param number - from the data set's `firstPerson`
 * @param counts - the records this person has; care must have an insurance that fits
 */
export function makePerson(
  dataSet: DataSet,
  number: number,
  counts: PersonCounts,
  random: Random,
): Person {
  const { firstYear, lastYear } = dataSet;
  random.start(dataSet.seed, number, 'person');
  const isAged = random.chance(82);
  const age = isAged ? 65 + Math.min(random.below(28), random.below(36)) : random.between(30, 64);
  const birthYear = firstYear - age;
  const birthMonth = random.between(1, 12);
  // Everybody is insured before the first year ends: its file inserts all of them.
  const coveredSince = isAged
    ? dayOf(birthYear + 65, birthMonth, 1)
    : dayOf(firstYear - random.between(0, 8), random.between(1, 12), 1);
  const firstDay = Math.max(coveredSince, dayOf(firstYear, 1, 1));
  const endYear = firstYear + counts.years - 1;
  const earliestDeath = Math.max(firstDay, dayOf(endYear, 1, 1)) + 20;
  const yearEnd = dayOf(endYear, 12, 31);
  const death = counts.dies ? random.between(earliestDeath, yearEnd) : undefined;
  const sex = random.chance(45) ? '1' : '2';
  const coverage = monthAt(coveredSince);
  const homes = [homeFrom(coverage, random)];
  const end = monthOf(lastYear, 12);
  if (random.chance(6 * (lastYear - firstYear + 1))) {
    moveFrom(random.between(monthAt(firstDay) + 1, end + 1), homes, random);
  }
  if (!counts.dies) correctHomes(homes, number, Math.max(monthAt(firstDay), end - 11), dataSet);
  return {
    number,
    id: FIRST_NUMBERS.beneficiary - number,
    // So that a correction by a day stays in the same month.
    birth: dayOf(birthYear, birthMonth, random.between(1, 27)),
    sex,
    birthYear,
    race: random.pick(RACES),
    surname: `${random.pick(SURNAMES)}${digits(random.between(100, 999), 3)}`,
    givenName: `${random.pick(sex === '1' ? MEN : WOMEN)}${digits(random.between(100, 999), 3)}`,
    middleName: random.chance(70) ? random.pick(INITIALS) : '',
    death,
    reason: isAged ? '0' : '1',
    agedSince: monthOf(birthYear + 65, birthMonth),
    hasRenalDisease: random.chance(2),
    coveredSince,
    firstDay,
    lastDay: death ?? yearEnd,
    homes,
    dualSwitches: dualSwitches(coverage, end, random),
    healthPlan: healthPlan(coverage, dataSet, counts, random),
    drugPlans: drugPlans(coverage, dataSet, counts, random),
  };
}

const RACES = ['1', '1', '1', '1', '2', '3', '4', '5', '6', '0'];
const INITIALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');

function homeFrom(since: Month, random: Random, other?: Home): Home {
  const places = other === undefined ? PLACES : PLACES.filter((place) => place !== other.place);
  const place = random.pick(places);
  return {
    since,
    place,
    zip: place.zip + digits(random.below(100), 2),
    street: `${random.between(1, 9999)} ${random.pick(STREETS)} ST`,
  };
}

/** Says that the person lives elsewhere from a month on, whatever was said before. */
function moveFrom(month: Month, homes: Home[], random: Random): void {
  while (homes.length > 1 && (homes.at(-1)?.since ?? 0) >= month) homes.pop();
  homes.push(homeFrom(month, random, homes.at(-1)));
}

/** Applies what the updates up to this data set say otherwise of the last year: where the person lived. */
function correctHomes(homes: Home[], number: number, from: Month, dataSet: DataSet): void {
  const { seed, firstPerson, lastYear } = dataSet;
  for (let revision = 1; revision <= dataSet.revision; revision++) {
    const random = new UpdateChoice(seed, firstPerson, revision).changesOf(number);
    if (random === undefined) continue;
    const month = random.between(from, monthOf(lastYear, 12));
    if (random.chance(50) || number === firstPerson) moveFrom(month, homes, random);
  }
}

function dualSwitches(coverage: Month, end: Month, random: Random): Month[] {
  const isDual = random.chance(18);
  const changes = random.chance(isDual ? 10 : 5);
  const when = random.between(coverage, end);
  if (!isDual) return changes ? [when] : [];
  return changes ? [coverage, when + 1] : [coverage];
}

// Who is in a health plan seldom has claims of physicians here.
function healthPlan(
  coverage: Month,
  { firstYear, lastYear }: DataSet,
  counts: PersonCounts,
  random: Random,
): Plan | undefined {
  const year = random.between(firstYear - 2, lastYear);
  if (counts.records.CARRIER > 0 || !random.chance(90)) return undefined;
  return planFrom(Math.max(coverage, monthOf(year, 1)), 'Y', 40, random);
}

// Who has prescriptions is in a drug plan all the time; it may be another one each year.
function drugPlans(
  coverage: Month,
  { firstYear, lastYear }: DataSet,
  counts: PersonCounts,
  random: Random,
): Plan[] {
  const yearsBefore = random.below(6);
  const isLate = random.chance(25);
  if (counts.records.PDE === 0 && !random.chance(30)) return [];
  const joined = monthOf(firstYear - yearsBefore, 1);
  const late = monthOf(random.between(firstYear, lastYear), 1);
  const since = Math.max(coverage, isLate && counts.records.PDE === 0 ? late : joined);
  const plans = [planFrom(since, 'Z', 200, random)];
  for (let year = firstYear + 1; year <= lastYear; year++) {
    const month = monthOf(year, 1);
    if (month > since && random.chance(12)) plans.push(planFrom(month, 'Z', 200, random));
  }
  return plans;
}

function planFrom(since: Month, letter: string, contracts: number, random: Random): Plan {
  return {
    since,
    contract: letter + digits(random.below(contracts), 4),
    benefitPackage: digits(random.between(1, 20), 3),
  };
}

/** What holds in a month, of a list with the oldest first. */
export function inForce<T extends { readonly since: Month }>(
  list: readonly T[],
  month: Month,
): T | undefined {
  let found: T | undefined;
  for (const entry of list) if (entry.since <= month) found = entry;
  return found;
}

export function homeIn({ homes }: Person, month: Month): Home {
  const found = inForce(homes, month) ?? homes[0];
  if (found === undefined) throw new RangeError('a person without a home');
  return found;
}

export function isDualIn({ dualSwitches }: Person, month: Month): boolean {
  let isDual = false;
  for (const since of dualSwitches) if (since <= month) isDual = !isDual;
  return isDual;
}

/** The first day of a plan. */
export function sinceDay(plan: Plan): Day {
  return firstDayOf(plan.since);
}
