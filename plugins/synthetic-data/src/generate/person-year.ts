/** One person in one year: what a row of a beneficiary file tells. */

import { MONTHLY_COLUMNS, RIF_DELIMITER } from '@bfd-host/rif';
import { type Day, type Month, monthAt, monthOf, yearAt } from './calendar.ts';
import type { Identity } from './identities.ts';
import { type Home, homeIn, inForce, isDualIn, type Person, type Plan } from './person.ts';

export interface PersonYear {
  /** A day of theirs for a date that has no rule: the birthday. */
  readonly day: Day;
  readonly person: Person;
  readonly year: number;
  /** As known at the end of the year. */
  readonly identity: Identity;
  readonly home: Home;
  /** If they died in this year. */
  readonly death: Day | undefined;
  /** The first drug plan, if it began by the end of the year. */
  readonly firstDrugPlan: Plan | undefined;
  readonly medicareStatus: string;
  readonly reason: '0' | '1';
  /** By place of the column in MONTHLY_COLUMNS: its twelve fields, empty in months without coverage. */
  readonly monthly: readonly string[];
  /** Months of the year in which each holds. */
  readonly months: Readonly<Months>;
}

export interface Months {
  covered: number;
  dual: number;
  healthPlan: number;
  drugPlan: number;
  retireeSubsidy: number;
}

export function personYear(person: Person, year: number, identity: Identity): PersonYear {
  const january = monthOf(year, 1);
  const first = Math.max(monthAt(person.firstDay), january);
  const last = Math.min(monthAt(person.lastDay), january + 11);
  const spans = spansOf(person, first, last);
  const months = { covered: 0, dual: 0, healthPlan: 0, drugPlan: 0, retireeSubsidy: 0 };
  for (const { facts, length } of spans) {
    months.covered += length;
    if (facts.isDual) months.dual += length;
    if (facts.healthPlan) months.healthPlan += length;
    if (facts.drugPlan) months.drugPlan += length;
    if (facts.hasRetireeSubsidy) months.retireeSubsidy += length;
  }
  const { home, status, isAged } = factsOf(person, last);
  const { death, drugPlans } = person;
  const [firstDrugPlan] = drugPlans;
  return {
    day: identity.birth,
    person,
    year,
    identity,
    home,
    death: death !== undefined && yearAt(death) === year ? death : undefined,
    firstDrugPlan: firstDrugPlan && firstDrugPlan.since <= last ? firstDrugPlan : undefined,
    medicareStatus: status,
    reason: isAged ? '0' : '1',
    monthly: MONTHLY.map((tell) => twelve(first - january, spans, tell)),
    months,
  };
}

/** Months that follow each other and have the same to tell. */
interface Span {
  readonly facts: MonthFacts;
  length: number;
}

function spansOf(person: Person, first: Month, last: Month): Span[] {
  const spans: Span[] = [{ facts: factsOf(person, first), length: 1 }];
  for (let month = first + 1; month <= last; month++) {
    const span = spans.at(-1);
    if (span === undefined || changesIn(person, month)) {
      spans.push({ facts: factsOf(person, month), length: 1 });
    } else span.length++;
  }
  return spans;
}

function changesIn(person: Person, month: Month): boolean {
  const { homes, dualSwitches, drugPlans, healthPlan, agedSince } = person;
  if (month === agedSince || month === healthPlan?.since) return true;
  for (const { since } of homes) if (since === month) return true;
  for (const { since } of drugPlans) if (since === month) return true;
  for (const since of dualSwitches) if (since === month) return true;
  return false;
}

// Most people have the same to tell of all twelve months, so the fields are put together once a value.
const ALL_YEAR = new Map<string, string>();

function twelve(before: number, spans: readonly Span[], tell: Tell): string {
  const [span] = spans;
  if (span?.length === 12) {
    const value = tell(span.facts);
    const known = ALL_YEAR.get(value);
    if (known !== undefined) return known;
    const text = new Array<string>(12).fill(value).join(RIF_DELIMITER);
    ALL_YEAR.set(value, text);
    return text;
  }
  const fields = new Array<string>(12).fill('');
  let month = before;
  for (const { facts, length } of spans) {
    fields.fill(tell(facts), month, month + length);
    month += length;
  }
  return fields.join(RIF_DELIMITER);
}

interface MonthFacts {
  readonly home: Home;
  readonly isAged: boolean;
  readonly status: string;
  readonly isDual: boolean;
  readonly healthPlan: Plan | undefined;
  readonly drugPlan: Plan | undefined;
  readonly hasRetireeSubsidy: boolean;
}

function factsOf(person: Person, month: Month): MonthFacts {
  const { healthPlan, drugPlans, agedSince, hasRenalDisease } = person;
  const isAged = month >= agedSince;
  const drugPlan = inForce(drugPlans, month);
  return {
    home: homeIn(person, month),
    isAged,
    status: (isAged ? '1' : '2') + (hasRenalDisease ? '1' : '0'),
    isDual: isDualIn(person, month),
    healthPlan: healthPlan && healthPlan.since <= month ? healthPlan : undefined,
    drugPlan,
    // A former employer pays for the drugs of some of those who have no drug plan.
    hasRetireeSubsidy: drugPlan === undefined && person.number % 5 === 0,
  };
}

type Tell = (facts: MonthFacts) => string;

// By column of ccw.beneficiary_monthly: what is said of each month of coverage.
const BY_COLUMN: Readonly<Record<string, Tell>> = {
  fips_state_cnty_code: ({ home }) => home.place.fips,
  medicare_status_code: ({ status }) => status,
  // C: parts A and B with premiums paid by the state; 3: both without.
  entitlement_buy_in_ind: ({ isDual }) => (isDual ? 'C' : '3'),
  hmo_indicator_ind: ({ healthPlan }) => (healthPlan ? 'C' : '0'),
  partc_contract_number_id: ({ healthPlan }) => healthPlan?.contract ?? '',
  partc_pbp_number_id: ({ healthPlan }) => healthPlan?.benefitPackage ?? '',
  partc_plan_type_code: ({ healthPlan }) => (healthPlan ? '002' : ''),
  partd_contract_number_id: ({ drugPlan }) => drugPlan?.contract ?? '',
  partd_pbp_number_id: ({ drugPlan }) => drugPlan?.benefitPackage ?? '',
  partd_segment_number_id: ({ drugPlan }) => (drugPlan ? '000' : ''),
  partd_retiree_drug_subsidy_ind: ({ hasRetireeSubsidy }) => (hasRetireeSubsidy ? 'Y' : 'N'),
  medicaid_dual_eligibility_code: ({ isDual }) => (isDual ? '02' : 'NA'),
  partd_low_income_cost_share_group_code: ({ drugPlan, isDual }) => {
    if (drugPlan === undefined) return '';
    return isDual ? '03' : '09';
  },
};

/** What is not known of here is told of no month. */
const MONTHLY = MONTHLY_COLUMNS.map(({ dbName }) => BY_COLUMN[dbName] ?? (() => ''));
