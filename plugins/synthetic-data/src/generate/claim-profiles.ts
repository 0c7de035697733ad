/** What the claims of each type look like. */

import { RIF_LAYOUTS } from '@bfd-host/rif';
import {
  EQUIPMENT,
  HOME_VISITS,
  HOSPICE_SERVICES,
  OUTPATIENT_SERVICES,
  PHYSICIAN_SERVICES,
  STAY_SERVICES,
} from './clinical-codes.ts';
import type { CareType } from './record-counts.ts';
import type { Cents } from './text.ts';

export type ClaimType = Exclude<CareType, 'PDE'>;

export interface ClaimProfile {
  readonly type: ClaimType;
  /** NCH_NEAR_LINE_REC_IDENT_CD: which kind of record the central archive takes it for. */
  readonly nearLines: readonly string[];
  /** NCH_CLM_TYPE_CD. */
  readonly claimTypes: readonly string[];
  /** CLM_FAC_TYPE_CD and CLM_SRVC_CLSFCTN_TYPE_CD: the first two digits of the type of bill. */
  readonly facility: string;
  readonly classification: string;
  /** Last four digits of the provider's number: from here on, a hundred providers a state. */
  readonly providers: number;
  readonly lines: Range;
  /** Days from the first to the last. */
  readonly stay: Range;
  /** Price of one unit, and units of a line. */
  readonly rate: readonly [least: Cents, most: Cents];
  readonly units: Range;
  readonly services: readonly string[];
  /** Revenue centers, in which an institution books a service. */
  readonly revenueCenters: readonly string[];
  /** Share of what is allowed that the beneficiary pays, in percent. */
  readonly coinsurance: number;
  /** As many as the layout has columns for. */
  readonly mostDiagnoses: number;
  readonly mostProcedures: number;
  readonly mostExternalCauses: number;
  /** Whether the claim tells of payments for capital. */
  readonly hasCapital: boolean;
}

type Range = readonly [first: number, last: number];

// Physicians and suppliers have no bills of an institution.
const NO_INSTITUTION = { facility: '', classification: '', providers: 0, revenueCenters: [''] };

export const CLAIM_PROFILES: Readonly<Record<ClaimType, ClaimProfile>> = {
  CARRIER: profile('CARRIER', {
    nearLines: ['O'],
    claimTypes: ['71', '71', '71', '72'],
    lines: [1, 5],
    stay: [0, 0],
    rate: [1_500, 22_000],
    units: [1, 3],
    services: PHYSICIAN_SERVICES,
    coinsurance: 20,
  }),
  DME: profile('DME', {
    nearLines: ['M'],
    claimTypes: ['81', '82', '82'],
    lines: [1, 3],
    stay: [0, 0],
    rate: [800, 60_000],
    units: [1, 2],
    services: EQUIPMENT,
    coinsurance: 20,
  }),
  HHA: profile('HHA', {
    // Paid by part A, by part B, or by both.
    nearLines: ['V', 'W', 'U'],
    claimTypes: ['10'],
    facility: '3',
    classification: '2',
    providers: 7000,
    lines: [2, 6],
    stay: [14, 59],
    rate: [12_000, 24_000],
    units: [1, 4],
    services: HOME_VISITS,
    revenueCenters: ['0421', '0431', '0441', '0551', '0561', '0571'],
    coinsurance: 0,
  }),
  HOSPICE: profile('HOSPICE', {
    nearLines: ['V'],
    claimTypes: ['50'],
    facility: '8',
    classification: '1',
    providers: 1500,
    lines: [2, 6],
    stay: [3, 30],
    rate: [6_000, 22_000],
    units: [1, 15],
    services: HOSPICE_SERVICES,
    revenueCenters: ['0551', '0561', '0571', '0651', '0652', '0656', '0657'],
    coinsurance: 0,
  }),
  INPATIENT: profile('INPATIENT', {
    nearLines: ['V'],
    claimTypes: ['60'],
    facility: '1',
    classification: '1',
    providers: 1,
    lines: [3, 8],
    stay: [1, 14],
    rate: [10_000, 240_000],
    units: [1, 6],
    services: STAY_SERVICES,
    revenueCenters: [
      '0120',
      '0200',
      '0250',
      '0270',
      '0300',
      '0320',
      '0360',
      '0450',
      '0636',
      '0730',
    ],
    coinsurance: 5,
  }),
  OUTPATIENT: profile('OUTPATIENT', {
    nearLines: ['W'],
    claimTypes: ['40'],
    facility: '1',
    classification: '3',
    providers: 1,
    lines: [1, 5],
    stay: [0, 1],
    rate: [4_000, 90_000],
    units: [1, 2],
    services: OUTPATIENT_SERVICES,
    revenueCenters: [
      '0250',
      '0300',
      '0320',
      '0360',
      '0420',
      '0450',
      '0510',
      '0636',
      '0730',
      '0761',
    ],
    coinsurance: 20,
  }),
  SNF: profile('SNF', {
    nearLines: ['V'],
    claimTypes: ['20', '20', '20', '30'],
    facility: '2',
    classification: '1',
    providers: 5000,
    lines: [3, 8],
    stay: [5, 30],
    rate: [8_000, 60_000],
    units: [1, 10],
    services: STAY_SERVICES,
    revenueCenters: ['0022', '0120', '0250', '0270', '0300', '0420', '0430', '0440'],
    coinsurance: 10,
  }),
};

function profile(
  type: ClaimType,
  facts: Omit<ClaimProfile, keyof typeof NO_INSTITUTION | keyof ReturnType<typeof ofLayout>> &
    Partial<Pick<ClaimProfile, keyof typeof NO_INSTITUTION>>,
): ClaimProfile {
  return { ...NO_INSTITUTION, ...facts, ...ofLayout(type) };
}

function ofLayout(type: ClaimType) {
  const most = (family: RegExp): number =>
    RIF_LAYOUTS[type].columns.filter((column) => family.test(column.rifName)).length;
  return {
    type,
    mostDiagnoses: most(/^ICD_DGNS_CD\d+$/),
    mostProcedures: most(/^ICD_PRCDR_CD\d+$/),
    mostExternalCauses: most(/^ICD_DGNS_E_CD\d+$/),
    hasCapital: most(/^CLM_PPS_CPTL_FSP_AMT$/) > 0,
  };
}
