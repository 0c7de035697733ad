/** What a person is known by, over the years: MBI, HICN, and what is recorded of birth and sex. */

import { type Day, dayOf } from './calendar.ts';
import type { DataSet } from './data-set.ts';
import { HICN_LETTERS, type HicnLetter, MBI_CAPACITY, mbi } from './identifiers.ts';
import type { Person, Sex } from './person.ts';
import { Random } from './random.ts';
import type { PersonCounts } from './record-counts.ts';
import { UpdateChoice } from './update-choice.ts';

export interface Identity {
  /** Place of the MBI among the person's, oldest first. */
  readonly mbiPlace: number;
  /** The first day of the MBI. */
  readonly mbiSince: Day;
  /** The HICN's last letter. */
  readonly hicnLetter: HicnLetter;
  readonly birth: Day;
  readonly sex: Sex;
}

export interface Identities {
  /** Those from before the first year, oldest first: the records of BENEFICIARY_HISTORY. */
  readonly former: readonly (Identity & { readonly until: Day })[];
  /** One a year, as known at its end. What is left out here, the load finds out from the UPDATE rows. */
  readonly byYear: readonly Identity[];
}

// MBIs of lower numbers belong to Synthea, whose MBIs begin with 1S.
const FIRST_MBI = MBI_CAPACITY / 9;
/** More than the former ones, one a year and one an updates data set. */
const MBIS_PER_PERSON = 64;

/** An MBI of a person, which no other has. */
export function mbiOf(person: number, place: number): string {
  return mbi(FIRST_MBI + person * MBIS_PER_PERSON + place);
}

/** Makes what a person is and was known by, after the data set's updates. */
export function identitiesOf(dataSet: DataSet, person: Person, counts: PersonCounts): Identities {
  const { firstYear, lastYear } = dataSet;
  const { firstDay, lastDay, coveredSince } = person;
  const formerCount = counts.records.BENEFICIARY_HISTORY;
  // A new MBI may come at any time after those that were before it; the first ones were sent out in April 2018.
  const mbiFrom = Math.min(Math.max(coveredSince, dayOf(2018, 4, 1)), firstDay);
  const firstEnd = Math.min(lastDay, dayOf(firstYear, 12, 31));
  const term = Math.floor((firstEnd - mbiFrom) / (formerCount + 1));
  const wasWidowed = formerCount > 0 && person.number % 5 === 0;
  const known = Array.from({ length: formerCount + 1 }, (_, place): Identity => {
    // Widows were insured under their husband's number, with the letter D behind it.
    const letter = wasWidowed && place < formerCount ? HICN_LETTERS[1] : HICN_LETTERS[0];
    return {
      mbiPlace: place,
      mbiSince: mbiFrom + term * place,
      hicnLetter: letter,
      birth: person.birth,
      sex: person.sex,
    };
  });
  const former = known.slice(0, -1).map((identity, place) => {
    const next = known[place + 1] ?? identity;
    return { ...identity, until: next.mbiSince - 1 };
  });
  const change = new Changes(person, known);
  const byYear: Identity[] = [change.now];
  for (let place = 1; place < counts.years; place++) {
    change.ofYear(dataSet, firstYear + place);
    byYear.push(change.now);
  }
  for (let revision = 1; revision <= dataSet.revision && !counts.dies; revision++) {
    change.ofUpdates(dataSet, revision, lastYear);
    byYear[counts.years - 1] = change.now;
  }
  return { former, byYear };
}

type Kind = 'mbi' | 'hicn' | 'birth' | 'sex';
const KINDS: readonly Kind[] = ['mbi', 'mbi', 'mbi', 'mbi', 'mbi', 'hicn', 'hicn', 'birth', 'sex'];
const PERCENT_CHANGING_PER_YEAR = 8;
const PERCENT_CHANGING_PER_UPDATE = 60;

class Changes {
  now: Identity;
  private readonly random = new Random();
  private readonly person: Person;

  constructor(person: Person, known: readonly Identity[]) {
    const last = known.at(-1);
    if (last === undefined) throw new RangeError('a person without an identity');
    this.now = last;
    this.person = person;
  }

  /** What a year's UPDATE row says otherwise than the year before; the first person's second year always does. */
  ofYear({ seed, firstPerson, firstYear }: DataSet, year: number): void {
    const { random, person } = this;
    random.start(seed, person.number, 'identity', year);
    const isCertain = person.number === firstPerson && year === firstYear + 1;
    if (!random.chance(PERCENT_CHANGING_PER_YEAR) && !isCertain) return;
    const first = Math.max(dayOf(year, 1, 1), this.now.mbiSince + 1);
    const since = random.between(first, Math.min(dayOf(year, 12, 31), person.lastDay));
    this.apply(isCertain ? 'mbi' : random.pick(KINDS), since);
  }

  /** What an updates data set says otherwise. It comes after the last year, one a month. */
  ofUpdates({ seed, firstPerson }: DataSet, revision: number, lastYear: number): void {
    const { random, person } = this;
    if (!new UpdateChoice(seed, firstPerson, revision).changesOf(person.number)) return;
    random.start(seed, person.number, 'identity', 0, revision);
    const isFirst = person.number === firstPerson;
    if (!random.chance(PERCENT_CHANGING_PER_UPDATE) && !isFirst) return;
    const since = dayOf(lastYear + 1, revision, random.between(1, 28));
    // All kinds in turn for the first person, so that a few updates have each.
    const kind = isFirst ? IN_TURN[(revision - 1) % IN_TURN.length] : random.pick(KINDS);
    this.apply(kind ?? 'mbi', since);
  }

  private apply(kind: Kind, since: Day): void {
    const { now, person } = this;
    switch (kind) {
      case 'mbi':
        this.now = { ...now, mbiPlace: now.mbiPlace + 1, mbiSince: since };
        return;
      case 'hicn': {
        const place = HICN_LETTERS.indexOf(now.hicnLetter) + 1;
        const letter = HICN_LETTERS[place % HICN_LETTERS.length] ?? HICN_LETTERS[0];
        this.now = { ...now, hicnLetter: letter };
        return;
      }
      case 'birth':
        this.now = { ...now, birth: now.birth + (now.birth === person.birth ? 1 : -1) };
        return;
      case 'sex':
        this.now = { ...now, sex: now.sex === '1' ? '2' : '1' };
    }
  }
}

const IN_TURN: readonly Kind[] = ['mbi', 'hicn', 'birth', 'sex'];
