/** Columns of BENEFICIARY and BENEFICIARY_HISTORY that tell the facts of a person. */

import { MONTHLY_COLUMNS } from '@bfd-host/rif';
import { type Day, rifDate } from './calendar.ts';
import { hicn } from './identifiers.ts';
import { type Identity, mbiOf } from './identities.ts';
import { filled, type Maker, type Rules } from './makers.ts';
import { type Person, sinceDay } from './person.ts';
import type { PersonYear } from './person-year.ts';
import { digits } from './text.ts';

/** A former identity, told with the facts of the first year. */
export interface FormerIdentity {
  readonly day: Day;
  readonly known: PersonYear;
  readonly identity: Identity & { readonly until: Day };
}

/** Residence and insurance: these columns are in both types, and agree. */
const SITUATION: Readonly<Record<string, Maker<PersonYear>>> = {
  BENE_ID: ({ person }) => person.id,
  STATE_CODE: ({ home }) => home.place.ssaState,
  BENE_COUNTY_CD: ({ home }) => home.place.ssaCounty,
  BENE_ZIP_CD: ({ home }) => home.zip,
  BENE_RACE_CD: ({ person }) => person.race,
  BENE_ENTLMT_RSN_ORIG: ({ person }) => person.reason,
  BENE_ENTLMT_RSN_CURR: ({ reason }) => reason,
  BENE_ESRD_IND: ({ person }) => (person.hasRenalDisease ? 'Y' : '0'),
  BENE_MDCR_STATUS_CD: ({ medicareStatus }) => medicareStatus,
  // 0: not terminated, 1: dead.
  BENE_PTA_TRMNTN_CD: ({ death }) => (death === undefined ? '0' : '1'),
  BENE_PTB_TRMNTN_CD: ({ death }) => (death === undefined ? '0' : '1'),
  BENE_SRNM_NAME: ({ person }) => person.surname,
  BENE_GVN_NAME: ({ person }) => person.givenName,
  BENE_MDL_NAME: ({ person }) => person.middleName,
};

const IDENTITY: Readonly<Record<string, (identity: Identity, person: Person) => string>> = {
  BENE_BIRTH_DT: ({ birth }) => rifDate(birth),
  BENE_SEX_IDENT_CD: ({ sex }) => sex,
  BENE_CRNT_HIC_NUM: ({ hicnLetter }, { number }) => hicn(number, hicnLetter),
  MBI_NUM: ({ mbiPlace }, { number }) => mbiOf(number, mbiPlace),
  EFCTV_BGN_DT: ({ mbiSince }) => rifDate(mbiSince),
};

export const PERSON_RULES: Rules<PersonYear> = {
  columns: {
    ...SITUATION,
    ...from(IDENTITY, (known: PersonYear) => known),
    EFCTV_END_DT: deathDate,
    CRNT_BIC: ({ identity }) => identity.hicnLetter,
    DEATH_DT: deathDate,
    V_DOD_SW: ({ death }) => (death === undefined ? '' : 'V'),
    RFRNC_YR: ({ year }) => year,
    AGE: ({ year, person }) => year - person.birthYear,
    RTI_RACE_CD: ({ person }) => person.race,
    COVSTART: ({ person }) => rifDate(person.coveredSince),
    A_MO_CNT: ({ months }) => months.covered,
    B_MO_CNT: ({ months }) => months.covered,
    BUYIN_MO_CNT: ({ months }) => months.dual,
    DUAL_MO_CNT: ({ months }) => months.dual,
    HMO_MO_CNT: ({ months }) => months.healthPlan,
    PLAN_CVRG_MO_CNT: ({ months }) => months.drugPlan,
    RDS_MO_CNT: ({ months }) => months.retireeSubsidy,
    DRVD_LINE_1_ADR: ({ home }) => home.street,
    CITY_NAME: ({ home }) => home.place.city,
    STATE_CD: ({ home }) => home.place.state,
    STATE_CNTY_ZIP_CD: ({ home }, random) => home.zip + digits(random.below(10_000), 4),
    BENE_LINK_KEY: filled(90, ({ person }) => -person.id),
    PTA_CVRG_STRT_DT: ({ person }) => rifDate(person.coveredSince),
    PTA_CVRG_END_DT: deathDate,
    PTB_CVRG_STRT_DT: ({ person }) => rifDate(person.coveredSince),
    PTB_CVRG_END_DT: deathDate,
    PTD_CVRG_STRT_DT: ({ firstDrugPlan }) =>
      firstDrugPlan ? rifDate(sinceDay(firstDrugPlan)) : '',
    PTD_CVRG_END_DT: (year) => (year.firstDrugPlan ? deathDate(year) : ''),
  },
  runs: MONTHLY_COLUMNS.map(({ rifNames }, place) => ({
    columns: rifNames,
    make: ({ monthly }) => monthly[place] ?? '',
  })),
};

export const FORMER_IDENTITY_RULES: Rules<FormerIdentity> = {
  columns: {
    ...Object.fromEntries(
      Object.entries(SITUATION).map(([name, make]): [string, Maker<FormerIdentity>] => [
        name,
        ({ known }, random) => make(known, random),
      ]),
    ),
    ...from(IDENTITY, ({ known, identity }: FormerIdentity) => ({ ...known, identity })),
    EFCTV_END_DT: ({ identity }) => rifDate(identity.until),
  },
};

function from<S extends PersonYear | FormerIdentity>(
  columns: typeof IDENTITY,
  ofSubject: (subject: S) => Pick<PersonYear, 'identity' | 'person'>,
): Record<string, Maker<S>> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, tell]): [string, Maker<S>] => [
      name,
      (subject) => {
        const { identity, person } = ofSubject(subject);
        return tell(identity, person);
      },
    ]),
  );
}

function deathDate({ death }: PersonYear): string {
  return death === undefined ? '' : rifDate(death);
}
