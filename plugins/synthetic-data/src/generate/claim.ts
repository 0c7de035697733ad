/** The facts of one claim and its lines. Money adds up: a claim is the sum of its lines, in every column. */

import { type Day, nextFriday } from './calendar.ts';
import type { ClaimProfile } from './claim-profiles.ts';
import { DIAGNOSES, EXTERNAL_CAUSES, PROCEDURES } from './clinical-codes.ts';
import type { RecordNumbers } from './data-set.ts';
import { organisationNpi, physicianNpi } from './identifiers.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import type { Cents } from './text.ts';
import { digits } from './text.ts';

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
  readonly numbers: RecordNumbers;
  readonly claimType: string;
  readonly lastDay: Day;
  readonly processed: Day;
  /** The first is the principal one. */
  readonly diagnoses: readonly string[];
  readonly externalCauses: readonly string[];
  readonly procedures: readonly { readonly code: string; readonly day: Day }[];
  /** NPIs. */
  readonly physician: string;
  readonly surgeon: string;
  readonly otherPhysician: string;
  readonly organisation: string;
  /** Number of the institution: state and four digits. */
  readonly provider: string;
  /** Medicare pays the provider if assigned, else the beneficiary. */
  readonly isAssigned: boolean;
  /** Code of an insurer that pays before Medicare; empty if there is none. */
  readonly primaryPayer: string;
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

/**
 * Makes a claim within the person's coverage.
 *
 * @param random - the person's stream for this type of claims
 */
export function makeClaim(
  profile: ClaimProfile,
  person: Person,
  numbers: RecordNumbers,
  random: Random,
): Claim {
  const day = random.between(person.firstDay, person.lastDay);
  const lastDay = Math.min(day + random.between(...profile.stay), person.lastDay);
  const lines: ClaimLine[] = [];
  const procedures = random.chance(profile.mostProcedures > 0 ? 40 : 0)
    ? some(PROCEDURES, profile.mostProcedures, random)
    : [];
  const claim: Claim & Amounts = {
    day,
    profile,
    person,
    numbers,
    claimType: random.pick(profile.claimTypes),
    lastDay,
    processed: nextFriday(lastDay + random.between(3, 10)),
    diagnoses: some(DIAGNOSES, profile.mostDiagnoses, random),
    externalCauses: random.chance(profile.mostExternalCauses > 0 ? 10 : 0)
      ? some(EXTERNAL_CAUSES, profile.mostExternalCauses, random)
      : [],
    procedures: procedures.map((code) => ({ code, day: random.between(day, lastDay) })),
    physician: physicianNpi(random.below(9000)),
    surgeon: random.chance(procedures.length > 0 ? 95 : 10) ? physicianNpi(random.below(9000)) : '',
    otherPhysician: random.chance(8) ? physicianNpi(random.below(9000)) : '',
    organisation: organisationNpi(random.below(4000)),
    provider: person.place.ssaState + digits(profile.providers + random.below(100), 4),
    isAssigned: random.chance(96),
    primaryPayer: random.chance(4) ? random.pick(['A', 'B', 'D', 'E', 'L']) : '',
    lines,
    charged: 0,
    allowed: 0,
    notCovered: 0,
    deductible: 0,
    coinsurance: 0,
    primaryPaid: 0,
    paid: 0,
  };
  const count = random.between(...profile.lines);
  for (let number = 1; number <= count; number++) {
    const line = makeLine(claim, number, random);
    lines.push(line);
    add(claim, line);
  }
  return claim;
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
