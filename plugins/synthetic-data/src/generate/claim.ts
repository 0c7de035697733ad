/** The facts of one claim and its lines. Money adds up: a claim is the sum of its lines, in every column. */

import { type Day, monthAt, nextFriday } from './calendar.ts';
import type { ClaimProfile } from './claim-profiles.ts';
import { DIAGNOSES, EXTERNAL_CAUSES, PROCEDURES } from './clinical-codes.ts';
import type { RecordNumbers } from './data-set.ts';
import { organisationNpi, physicianNpi } from './identifiers.ts';
import { type Home, homeIn, type Person } from './person.ts';
import type { Random } from './random.ts';
import { type Cents, digits } from './text.ts';

/** Charged ≥ allowed = deductible + coinsurance + primaryPaid + paid. */
export interface Amounts {
  charged: Cents;
  allowed: Cents;
  notCovered: Cents;
  deductible: Cents;
  coinsurance: Cents;
  /** By an insurer that pays before Medicare. */
  primaryPaid: Cents;
  /** By Medicare. */
  paid: Cents;
}

export interface Claim extends Readonly<Amounts> {
  /** The first day of care. */
  readonly day: Day;
  readonly profile: ClaimProfile;
  readonly person: Person;
  /** Where the person lived on the first day. */
  readonly home: Home;
  readonly numbers: RecordNumbers;
  /** 0, or the updates data set that replaces the claim. */
  readonly revision: number;
  readonly nearLine: string;
  readonly claimType: string;
  readonly lastDay: Day;
  readonly processed: Day;
  /** The first is the principal one. */
  readonly diagnoses: readonly string[];
  readonly externalCauses: readonly string[];
  readonly procedures: readonly { readonly code: string; readonly day: Day }[];
  /** NPIs; empty where nobody is named. */
  readonly physician: number;
  readonly surgeon: number | '';
  readonly otherPhysician: number | '';
  readonly organisation: number;
  /** Number of the institution: state and four digits. */
  readonly provider: string;
  /** Medicare pays the provider if assigned, else the beneficiary. */
  readonly isAssigned: boolean;
  /** Code of an insurer that pays before Medicare; empty if there is none. */
  readonly primaryPayer: string;
  /** What Medicare adds for the hospital's buildings and equipment, by component; 0 where it does not. */
  readonly capital: readonly Cents[];
  readonly lines: readonly ClaimLine[];
}

export interface ClaimLine extends Readonly<Amounts> {
  readonly day: Day;
  readonly claim: Claim;
  /** From 1. */
  readonly number: number;
  readonly units: number;
  readonly rate: Cents;
  readonly service: string;
  readonly revenueCenter: string;
  readonly diagnosis: string;
}

const CAPITAL_COMPONENTS = 6;

/** Where a record's random numbers come from. */
export interface RecordStreams {
  /** At the beginning of the record's numbers for this revision, until they are drawn. */
  readonly random: Random;
  readonly revision: number;
  /** Makes `random` go to the beginning of the numbers for a revision. */
  startAt(revision: number): void;
}

/**
 * Makes a claim within the person's coverage. What an updates data set brings again is the same care with another
 * number of lines, other services and other amounts.
 */
export function makeClaim(
  profile: ClaimProfile,
  person: Person,
  numbers: RecordNumbers,
  { random, revision, startAt }: RecordStreams,
): Claim {
  startAt(0);
  const day = random.between(person.firstDay, person.lastDay);
  const lastDay = Math.min(day + random.between(...profile.stay), person.lastDay);
  const home = homeIn(person, monthAt(day));
  const lines: ClaimLine[] = [];
  const [fewest, most] = profile.lines;
  const firstCount = random.between(fewest, most);
  const procedures = random.chance(profile.mostProcedures > 0 ? 40 : 0)
    ? some(PROCEDURES, profile.mostProcedures, random)
    : [];
  const claim: Claim & Amounts = {
    day,
    profile,
    person,
    home,
    numbers,
    revision,
    nearLine: random.pick(profile.nearLines),
    claimType: random.pick(profile.claimTypes),
    lastDay,
    // A claim that replaces another is processed four weeks later.
    processed: nextFriday(lastDay + random.between(3, 10)) + 28 * revision,
    diagnoses: some(DIAGNOSES, profile.mostDiagnoses, random),
    externalCauses: random.chance(profile.mostExternalCauses > 0 ? 25 : 0)
      ? some(EXTERNAL_CAUSES, profile.mostExternalCauses, random)
      : [],
    procedures: procedures.map((code) => ({ code, day: random.between(day, lastDay) })),
    physician: physicianNpi(random.below(9000)),
    surgeon: random.chance(procedures.length > 0 ? 95 : 10) ? physicianNpi(random.below(9000)) : '',
    otherPhysician: random.chance(8) ? physicianNpi(random.below(9000)) : '',
    organisation: organisationNpi(random.below(4000)),
    provider: home.place.ssaState + digits(profile.providers + random.below(100), 4),
    isAssigned: random.chance(96),
    primaryPayer: random.chance(4) ? random.pick(PRIMARY_PAYERS) : '',
    capital: profile.hasCapital && random.chance(60) ? capital(random) : NO_CAPITAL,
    lines,
    charged: 0,
    allowed: 0,
    notCovered: 0,
    deductible: 0,
    coinsurance: 0,
    primaryPaid: 0,
    paid: 0,
  };
  let count = firstCount;
  if (revision > 0) {
    startAt(revision);
    count = random.between(fewest, most - 1);
    if (count >= firstCount) count++;
  }
  for (let number = 1; number <= count; number++) {
    const line = makeLine(claim, number, random);
    lines.push(line);
    add(claim, line);
  }
  return claim;
}

const PRIMARY_PAYERS = ['A', 'B', 'D', 'E', 'L'];
const NO_CAPITAL: readonly Cents[] = [];

// The rate the hospital gets, and in some stays more for outliers, many poor patients, or teaching.
function capital(random: Random): Cents[] {
  const rate = random.between(20_000, 90_000);
  return Array.from({ length: CAPITAL_COMPONENTS }, (_, place) => {
    if (place === 0) return rate;
    return random.chance(25) ? Math.floor((rate * random.between(1, 20)) / 100) : 0;
  });
}

function makeLine(claim: Claim, number: number, random: Random): ClaimLine {
  const { profile, diagnoses } = claim;
  const [least, most] = profile.rate;
  // The product of two even draws: small sums are common, large ones rare.
  const rate = least + Math.floor((random.below(1001) * random.below(1001) * (most - least)) / 1e6);
  const units = random.between(...profile.units);
  const charged = rate * units;
  const isCovered = !random.chance(4);
  const allowed = isCovered ? Math.floor((charged * random.between(45, 100)) / 100) : 0;
  const deductible = random.chance(10) ? Math.min(allowed, random.between(500, 25_700)) : 0;
  const coinsurance = Math.floor(((allowed - deductible) * profile.coinsurance) / 100);
  const due = allowed - deductible - coinsurance;
  const primaryPaid = claim.primaryPayer === '' ? 0 : Math.floor(due * 0.6);
  return {
    day: random.between(claim.day, claim.lastDay),
    claim,
    number,
    units,
    rate,
    service: random.pick(profile.services),
    revenueCenter: random.pick(profile.revenueCenters),
    diagnosis: diagnoses[random.below(diagnoses.length)] ?? '',
    charged,
    allowed,
    notCovered: isCovered ? 0 : charged,
    deductible,
    coinsurance,
    primaryPaid,
    paid: due - primaryPaid,
  };
}

function add(total: Amounts, line: Readonly<Amounts>): void {
  total.charged += line.charged;
  total.allowed += line.allowed;
  total.notCovered += line.notCovered;
  total.deductible += line.deductible;
  total.coinsurance += line.coinsurance;
  total.primaryPaid += line.primaryPaid;
  total.paid += line.paid;
}

// From 1 to `most` different codes: mostly a few, and seldom as many as there are columns.
function some(codes: readonly string[], most: number, random: Random): string[] {
  const wanted = random.chance(5) ? most : 1 + Math.min(random.below(most), random.below(8));
  const count = Math.min(wanted, codes.length);
  // Steps through the list by a number that has no divisor in common with its length.
  const step = codes.length % 7 === 0 ? 11 : 7;
  const first = random.below(codes.length);
  const chosen: string[] = [];
  for (let place = 0; place < count; place++) {
    chosen.push(codes[(first + place * step) % codes.length] ?? '');
  }
  return chosen;
}
