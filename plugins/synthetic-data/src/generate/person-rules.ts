/** Columns of BENEFICIARY and BENEFICIARY_HISTORY that tell the facts of a person. */

import { MONTHLY_COLUMNS } from '@bfd-host/rif';
import { rifDate } from './calendar.ts';
import { filled, type Maker, type Rules } from './makers.ts';
import type { FormerIdentity, Person } from './person.ts';
import { digits } from './text.ts';

/** Identity and insurance: these columns are in both types, and agree. */
const IDENTITY: Readonly<Record<string, Maker<Person>>> = {
  BENE_ID: (person) => String(person.id),
  STATE_CODE: (person) => person.place.ssaState,
  BENE_COUNTY_CD: (person) => person.place.ssaCounty,
  BENE_ZIP_CD: (person) => person.zip,
  BENE_BIRTH_DT: (person) => rifDate(person.birth),
  BENE_SEX_IDENT_CD: (person) => person.sex,
  BENE_RACE_CD: (person) => person.race,
  BENE_ENTLMT_RSN_CURR: (person) => person.reason,
  BENE_ESRD_IND: (person) => (person.hasRenalDisease ? 'Y' : '0'),
  BENE_MDCR_STATUS_CD: medicareStatus,
  BENE_PTA_TRMNTN_CD: terminationCode,
  BENE_PTB_TRMNTN_CD: terminationCode,
  BENE_CRNT_HIC_NUM: (person) => person.hicn,
  BENE_SRNM_NAME: (person) => person.surname,
  BENE_GVN_NAME: (person) => person.givenName,
  BENE_MDL_NAME: (person) => person.middleName,
  MBI_NUM: (person) => person.mbi,
  EFCTV_BGN_DT: (person) => rifDate(person.mbiSince),
  EFCTV_END_DT: deathDate,
};

// By column of ccw.beneficiary_monthly: what is said of each month of coverage.
const MONTHLY: Readonly<Record<string, (person: Person) => string>> = {
  fips_state_cnty_code: (person) => person.place.fips,
  medicare_status_code: medicareStatus,
  // C: parts A and B with premiums paid by the state; 3: both without.
  entitlement_buy_in_ind: (person) => (person.isDual ? 'C' : '3'),
  hmo_indicator_ind: (person) => (person.partC ? 'C' : '0'),
  partc_contract_number_id: (person) => person.partC?.contract ?? '',
  partc_pbp_number_id: (person) => person.partC?.benefitPackage ?? '',
  partc_plan_type_code: (person) => (person.partC ? '002' : ''),
  partd_contract_number_id: (person) => person.partD?.contract ?? '',
  partd_pbp_number_id: (person) => person.partD?.benefitPackage ?? '',
  partd_segment_number_id: (person) => (person.partD ? '000' : ''),
  partd_retiree_drug_subsidy_ind: (person) => (hasRetireeSubsidy(person) ? 'Y' : 'N'),
  medicaid_dual_eligibility_code: (person) => (person.isDual ? '02' : 'NA'),
  partd_low_income_cost_share_group_code: (person) => lowIncomeGroup(person),
};

export const PERSON_RULES: Rules<Person> = {
  columns: {
    ...IDENTITY,
    ...monthlyRules(),
    DEATH_DT: deathDate,
    V_DOD_SW: (person) => (person.death === undefined ? '' : 'V'),
    RFRNC_YR: (person) => String(person.year),
    AGE: (person) => String(person.age),
    RTI_RACE_CD: (person) => person.race,
    COVSTART: (person) => rifDate(person.coveredSince),
    A_MO_CNT: monthsCovered,
    B_MO_CNT: monthsCovered,
    BUYIN_MO_CNT: monthsIf((person) => person.isDual),
    DUAL_MO_CNT: monthsIf((person) => person.isDual),
    HMO_MO_CNT: monthsIf((person) => person.partC !== undefined),
    PLAN_CVRG_MO_CNT: monthsIf((person) => person.partD !== undefined),
    RDS_MO_CNT: monthsIf(hasRetireeSubsidy),
    DRVD_LINE_1_ADR: (person) => person.street,
    CITY_NAME: (person) => person.place.city,
    STATE_CD: (person) => person.place.state,
    STATE_CNTY_ZIP_CD: (person, random) => person.zip + digits(random.below(10_000), 4),
    BENE_LINK_KEY: filled(90, (person) => String(-person.id)),
    PTA_CVRG_STRT_DT: (person) => rifDate(person.coveredSince),
    PTA_CVRG_END_DT: deathDate,
    PTB_CVRG_STRT_DT: (person) => rifDate(person.coveredSince),
    PTB_CVRG_END_DT: deathDate,
    PTD_CVRG_STRT_DT: (person) => (person.partD ? rifDate(person.partD.since) : ''),
    PTD_CVRG_END_DT: (person) => (person.partD ? deathDate(person) : ''),
  },
};

export const FORMER_IDENTITY_RULES: Rules<FormerIdentity> = {
  columns: {
    ...Object.fromEntries(
      Object.entries(IDENTITY).map(([name, make]): [string, Maker<FormerIdentity>] => [
        name,
        (former, random) => make(former.person, random),
      ]),
    ),
    BENE_CRNT_HIC_NUM: (former) => former.hicn,
    MBI_NUM: (former) => former.mbi,
    EFCTV_BGN_DT: (former) => rifDate(former.since),
    EFCTV_END_DT: (former) => rifDate(former.until),
  },
};

function monthlyRules(): Record<string, Maker<Person>> {
  return Object.fromEntries(
    MONTHLY_COLUMNS.flatMap(({ dbName, rifNames }) => {
      const ofMonth = MONTHLY[dbName];
      if (ofMonth === undefined) return [];
      return rifNames.map((name, index): [string, Maker<Person>] => [
        name,
        (person) =>
          index + 1 >= person.firstMonth && index + 1 <= person.lastMonth ? ofMonth(person) : '',
      ]);
    }),
  );
}

function medicareStatus(person: Person): string {
  return (person.reason === '0' ? '1' : '2') + (person.hasRenalDisease ? '1' : '0');
}

// 0: not terminated, 1: dead.
function terminationCode(person: Person): string {
  return person.death === undefined ? '0' : '1';
}

function deathDate(person: Person): string {
  return person.death === undefined ? '' : rifDate(person.death);
}

// A former employer pays for the drugs of some of those who have no drug plan.
function hasRetireeSubsidy(person: Person): boolean {
  return person.partD === undefined && person.id % 5 === 0;
}

function lowIncomeGroup(person: Person): string {
  if (person.partD === undefined) return '';
  return person.isDual ? '03' : '09';
}

function monthsCovered(person: Person): string {
  return String(person.lastMonth - person.firstMonth + 1);
}

function monthsIf(applies: (person: Person) => boolean): Maker<Person> {
  return (person) => (applies(person) ? monthsCovered(person) : '0');
}
