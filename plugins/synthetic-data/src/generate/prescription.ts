/** The facts of one filled prescription (Part D), and the columns that tell them. */

import { type Day, monthAt, rifDate } from './calendar.ts';
import type { RecordStreams } from './claim.ts';
import { DRUGS } from './clinical-codes.ts';
import type { RecordNumbers } from './data-set.ts';
import { physicianNpi } from './identifiers.ts';
import type { Rules } from './makers.ts';
import { inForce, isDualIn, type Person, type Plan } from './person.ts';
import type { Random } from './random.ts';
import type { Cents } from './text.ts';

export interface Prescription {
  readonly day: Day;
  readonly person: Person;
  readonly numbers: RecordNumbers;
  /** The drug plan of the day. */
  readonly plan: Plan | undefined;
  readonly paidOn: Day;
  readonly drug: string;
  readonly prescriber: number;
  readonly pharmacy: number;
  readonly daysSupply: number;
  readonly fill: number;
  /** The pharmacy's number of the prescription. */
  readonly reference: number;
  /** What it cost: the sum of what the four below paid. */
  readonly cost: Cents;
  readonly byPatient: Cents;
  readonly bySubsidy: Cents;
  readonly byOthers: Cents;
  readonly byPlan: Cents;
  readonly gapDiscount: Cents;
  /** Whether the person has spent so much this year that the plan covers nearly all. */
  readonly isCatastrophic: boolean;
}

/** What an updates data set brings again is the same fill at another price. */
export function makePrescription(
  person: Person,
  numbers: RecordNumbers,
  { random, revision, startAt }: RecordStreams,
): Prescription {
  startAt(0);
  const day = random.between(person.firstDay, person.lastDay);
  const fill = {
    day,
    person,
    numbers,
    plan: inForce(person.drugPlans, monthAt(day)),
    paidOn: day + random.between(0, 14),
    drug: random.pick(DRUGS),
    prescriber: physicianNpi(random.below(9000)),
    pharmacy: random.below(3000) + 9_990_000,
    daysSupply: random.pick(DAYS_SUPPLIED),
    fill: random.between(1, 11),
    reference: random.below(2_000_000),
  };
  if (revision > 0) startAt(revision);
  return { ...fill, ...price(fill, random) };
}

const DAYS_SUPPLIED = [30, 30, 30, 90];

function price({ person, day, daysSupply }: Fill, random: Random) {
  const cost = 200 + Math.floor((random.below(1001) * random.below(1001) * daysSupply) / 600);
  const isCatastrophic = random.chance(3);
  const share = Math.floor((cost * (isCatastrophic ? 5 : random.between(10, 40))) / 100);
  const bySubsidy = isDualIn(person, monthAt(day)) ? Math.floor(share * 0.9) : 0;
  const byOthers = random.chance(5) ? Math.floor(cost * 0.1) : 0;
  return {
    cost,
    byPatient: share - bySubsidy,
    bySubsidy,
    byOthers,
    byPlan: cost - share - byOthers,
    gapDiscount: random.chance(4) ? Math.floor(cost * 0.05) : 0,
    isCatastrophic,
  };
}

type Fill = Pick<Prescription, 'person' | 'day' | 'daysSupply'>;

export const PRESCRIPTION_RULES: Rules<Prescription> = {
  columns: {
    PDE_ID: (event) => event.numbers.id,
    CLM_GRP_ID: (event) => event.numbers.group,
    BENE_ID: (event) => event.person.id,
    SRVC_DT: (event) => rifDate(event.day),
    PD_DT: (event) => rifDate(event.paidOn),
    SRVC_PRVDR_ID: (event) => event.pharmacy,
    PRSCRBR_ID: (event) => event.prescriber,
    RX_SRVC_RFRNC_NUM: (event) => event.reference,
    PROD_SRVC_ID: (event) => event.drug,
    PLAN_CNTRCT_REC_ID: (event) => event.plan?.contract ?? '',
    PLAN_PBP_REC_NUM: (event) => event.plan?.benefitPackage ?? '',
    QTY_DSPNSD_NUM: (event) => `${event.daysSupply}.000`,
    DAYS_SUPLY_NUM: (event) => event.daysSupply,
    FILL_NUM: (event) => event.fill,
    CTSTRPHC_CVRG_CD: (event) => (event.isCatastrophic ? 'C' : ''),
    GDC_BLW_OOPT_AMT: (event) => (event.isCatastrophic ? 0 : event.cost),
    GDC_ABV_OOPT_AMT: (event) => (event.isCatastrophic ? event.cost : 0),
    PTNT_PAY_AMT: (event) => event.byPatient,
    OTHR_TROOP_AMT: () => 0,
    LICS_AMT: (event) => event.bySubsidy,
    PLRO_AMT: (event) => event.byOthers,
    CVRD_D_PLAN_PD_AMT: (event) => event.byPlan,
    NCVRD_PLAN_PD_AMT: () => 0,
    TOT_RX_CST_AMT: (event) => event.cost,
    RPTD_GAP_DSCNT_NUM: (event) => event.gapDiscount,
  },
};
