/** Columns of all seven types of claims that tell the facts of a claim or a line. */

import { type Day, rifDate, yearAt } from './calendar.ts';
import type { Claim, ClaimLine } from './claim.ts';
import { DRGS } from './clinical-codes.ts';
import { physicianNpi } from './identifiers.ts';
import { filled, type Maker, type Rules } from './makers.ts';

const ICD_10 = '0';

type ClaimMaker = Maker<Claim>;
type LineMaker = Maker<ClaimLine>;

const coded = (code: string | undefined): string => (code ? ICD_10 : '');

const staysOvernight = ({ profile }: Claim): boolean =>
  profile.type === 'INPATIENT' || profile.type === 'SNF' || profile.type === 'HOSPICE';

const daysOf = (claim: Claim): number => claim.lastDay - claim.day;

/** A date that few claims have. */
const seldom = (of: (claim: Claim) => Day): ClaimMaker => filled(4, (claim) => rifDate(of(claim)));

const EVERY_CLAIM: Readonly<Record<string, ClaimMaker>> = {
  BENE_ID: (claim) => claim.person.id,
  CLM_ID: (claim) => claim.numbers.id,
  CLM_GRP_ID: (claim) => claim.numbers.group,
  NCH_NEAR_LINE_REC_IDENT_CD: (claim) => claim.nearLine,
  NCH_CLM_TYPE_CD: (claim) => claim.claimType,
  CLM_FROM_DT: (claim) => rifDate(claim.day),
  CLM_THRU_DT: (claim) => rifDate(claim.lastDay),
  NCH_WKLY_PROC_DT: (claim) => rifDate(claim.processed),
  CLM_PMT_AMT: (claim) => claim.paid,
  PRNCPAL_DGNS_CD: (claim) => claim.diagnoses[0] ?? '',
  PRNCPAL_DGNS_VRSN_CD: (claim) => coded(claim.diagnoses[0]),
};

const PHYSICIANS_AND_SUPPLIERS: Readonly<Record<string, ClaimMaker>> = {
  CARR_CLM_CNTL_NUM: (claim) => claim.numbers.control,
  // 1: paid to the physician or supplier, 2: to the beneficiary.
  CARR_CLM_PMT_DNL_CD: (claim) => (claim.isAssigned ? '1' : '2'),
  CARR_CLM_PRVDR_ASGNMT_IND_SW: (claim) => (claim.isAssigned ? 'A' : 'N'),
  CARR_CLM_HCPCS_YR_CD: (claim) => yearAt(claim.day) % 10,
  CARR_CLM_PRMRY_PYR_PD_AMT: (claim) => claim.primaryPaid,
  CARR_CLM_CASH_DDCTBL_APLD_AMT: (claim) => claim.deductible,
  CARR_CLM_BLG_NPI_NUM: filled(90, (claim) => claim.organisation),
  NCH_CLM_PRVDR_PMT_AMT: (claim) => (claim.isAssigned ? claim.paid : 0),
  NCH_CLM_BENE_PMT_AMT: (claim) => (claim.isAssigned ? 0 : claim.paid),
  NCH_CARR_CLM_SBMTD_CHRG_AMT: (claim) => claim.charged,
  NCH_CARR_CLM_ALOWD_AMT: (claim) => claim.allowed,
  RFR_PHYSN_NPI: filled(75, (_, random) => physicianNpi(random.below(9000))),
};

const CAPITAL_COLUMNS = [
  'CLM_PPS_CPTL_FSP_AMT',
  'CLM_PPS_CPTL_OUTLIER_AMT',
  'CLM_PPS_CPTL_DSPRPRTNT_SHR_AMT',
  'CLM_PPS_CPTL_IME_AMT',
  'CLM_PPS_CPTL_EXCPTN_AMT',
  'CLM_PPS_OLD_CPTL_HLD_HRMLS_AMT',
];

const INSTITUTIONS: Readonly<Record<string, ClaimMaker>> = {
  FI_DOC_CLM_CNTL_NUM: (claim) => claim.numbers.control,
  FI_CLM_PROC_DT: filled(95, (claim) => rifDate(claim.processed - 1)),
  FI_ORIG_CLM_CNTL_NUM: (claim) => (claim.revision > 0 ? claim.numbers.control : ''),
  // 7: replaces a claim sent before, 1: admission to discharge.
  CLM_FREQ_CD: (claim) => (claim.revision > 0 ? '7' : '1'),
  PRVDR_NUM: (claim) => claim.provider,
  PRVDR_STATE_CD: (claim) => claim.home.place.ssaState,
  ORG_NPI_NUM: (claim) => claim.organisation,
  AT_PHYSN_NPI: (claim) => claim.physician,
  OP_PHYSN_NPI: (claim) => claim.surgeon,
  OT_PHYSN_NPI: (claim) => claim.otherPhysician,
  CLM_FAC_TYPE_CD: (claim) => claim.profile.facility,
  CLM_SRVC_CLSFCTN_TYPE_CD: (claim) => claim.profile.classification,
  CLM_TOT_CHRG_AMT: (claim) => claim.charged,
  NCH_PRMRY_PYR_CD: (claim) => claim.primaryPayer,
  NCH_PRMRY_PYR_CLM_PD_AMT: (claim) => claim.primaryPaid,
  NCH_BENE_BLOOD_DDCTBL_LBLTY_AM: () => 0,
  NCH_PROFNL_CMPNT_CHRG_AMT: () => 0,
  ADMTG_DGNS_CD: (claim) => claim.diagnoses.at(-1) ?? '',
  ADMTG_DGNS_VRSN_CD: (claim) => coded(claim.diagnoses.at(-1)),
  FST_DGNS_E_CD: (claim) => claim.externalCauses[0] ?? '',
  FST_DGNS_E_VRSN_CD: (claim) => coded(claim.externalCauses[0]),
  // Outpatient
  CLM_OP_PRVDR_PMT_AMT: (claim) => claim.paid,
  CLM_OP_BENE_PMT_AMT: () => 0,
  NCH_BENE_PTB_DDCTBL_AMT: (claim) => claim.deductible,
  NCH_BENE_PTB_COINSRNC_AMT: (claim) => claim.coinsurance,
  // Stays
  CLM_ADMSN_DT: (claim) => rifDate(claim.day),
  CLM_HOSPC_START_DT_ID: (claim) => rifDate(claim.day),
  NCH_BENE_DSCHRG_DT: filled(96, (claim) => rifDate(claim.lastDay)),
  NCH_BENE_IP_DDCTBL_AMT: (claim) => claim.deductible,
  NCH_BENE_PTA_COINSRNC_LBLTY_AM: (claim) => claim.coinsurance,
  NCH_IP_NCVRD_CHRG_AMT: (claim) => claim.notCovered,
  NCH_IP_TOT_DDCTN_AMT: (claim) => claim.deductible + claim.coinsurance,
  CLM_PASS_THRU_PER_DIEM_AMT: () => 1_000,
  ...capitalRules(),
  CLM_UTLZTN_DAY_CNT: (claim) => (staysOvernight(claim) ? daysOf(claim) : 0),
  BENE_TOT_COINSRNC_DAYS_CNT: (claim) => Math.max(0, daysOf(claim) - 20),
  CLM_NON_UTLZTN_DAYS_CNT: () => '0',
  CLM_HHA_TOT_VISIT_CNT: (claim) => claim.lines.reduce((sum, { units }) => sum + units, 0),
  CLM_DRG_CD: filled(95, (_, random) => random.pick(DRGS)),
  NCH_VRFD_NCVRD_STAY_FROM_DT: seldom((claim) => claim.day),
  NCH_VRFD_NCVRD_STAY_THRU_DT: seldom((claim) => claim.lastDay),
  NCH_ACTV_OR_CVRD_LVL_CARE_THRU: seldom((claim) => claim.lastDay),
  NCH_BENE_MDCR_BNFTS_EXHTD_DT_I: seldom((claim) => claim.lastDay),
  NCH_QLFYD_STAY_FROM_DT: daysBefore(4),
  NCH_QLFYD_STAY_THRU_DT: daysBefore(1),
};

export const CLAIM_RULES: Rules<Claim> = {
  columns: { ...EVERY_CLAIM, ...PHYSICIANS_AND_SUPPLIERS, ...INSTITUTIONS },
  families: [
    {
      columns: {
        ICD_DGNS_CD: ({ diagnoses }, place) => diagnoses[place] ?? '',
        ICD_DGNS_VRSN_CD: () => ICD_10,
        CLM_POA_IND_SW: (_, __, random) => random.pick(PRESENT_ON_ADMISSION),
      },
      length: ({ diagnoses }) => diagnoses.length,
    },
    {
      columns: {
        ICD_DGNS_E_CD: ({ externalCauses }, place) => externalCauses[place] ?? '',
        ICD_DGNS_E_VRSN_CD: () => ICD_10,
        CLM_E_POA_IND_SW: () => 'Y',
      },
      length: ({ externalCauses }) => externalCauses.length,
    },
    {
      columns: {
        ICD_PRCDR_CD: ({ procedures }, place) => procedures[place]?.code ?? '',
        ICD_PRCDR_VRSN_CD: () => ICD_10,
        PRCDR_DT: ({ procedures, day }, place) => rifDate(procedures[place]?.day ?? day),
      },
      length: ({ procedures }) => procedures.length,
    },
    {
      // Reasons for the visit: those of the diagnoses that brought the person here.
      columns: {
        RSN_VISIT_CD: ({ diagnoses }, place) => diagnoses[place] ?? '',
        RSN_VISIT_VRSN_CD: () => ICD_10,
      },
      length: ({ diagnoses }) => diagnoses.length,
    },
  ],
};

// Yes, no, unknown.
const PRESENT_ON_ADMISSION = ['Y', 'Y', 'Y', 'Y', 'N', 'U'];

const LINES_OF_PHYSICIANS_AND_SUPPLIERS: Readonly<Record<string, LineMaker>> = {
  LINE_NUM: (line) => line.number,
  PRF_PHYSN_NPI: (line) => line.claim.physician,
  ORG_NPI_NUM: (line) => line.claim.organisation,
  PRVDR_NPI: (line) => line.claim.organisation,
  PRVDR_STATE_CD: (line) => line.claim.home.place.ssaState,
  DMERC_LINE_PRCNG_STATE_CD: (line) => line.claim.home.place.ssaState,
  PRVDR_ZIP: filled(95, (line) => line.claim.home.zip),
  LINE_SRVC_CNT: (line) => line.units,
  CARR_LINE_MTUS_CNT: (line) => line.units,
  DMERC_LINE_MTUS_CNT: (line) => line.units,
  LINE_1ST_EXPNS_DT: (line) => rifDate(line.day),
  LINE_LAST_EXPNS_DT: (line) => rifDate(line.day),
  LINE_NCH_PMT_AMT: (line) => line.paid,
  LINE_PRVDR_PMT_AMT: (line) => (line.claim.isAssigned ? line.paid : 0),
  LINE_BENE_PMT_AMT: (line) => (line.claim.isAssigned ? 0 : line.paid),
  LINE_BENE_PTB_DDCTBL_AMT: (line) => line.deductible,
  LINE_BENE_PRMRY_PYR_CD: (line) => line.claim.primaryPayer,
  LINE_BENE_PRMRY_PYR_PD_AMT: (line) => line.primaryPaid,
  LINE_COINSRNC_AMT: (line) => line.coinsurance,
  LINE_SBMTD_CHRG_AMT: (line) => line.charged,
  LINE_ALOWD_CHRG_AMT: (line) => line.allowed,
  LINE_PRMRY_ALOWD_CHRG_AMT: (line) => (line.claim.primaryPayer ? line.allowed : 0),
  LINE_DME_PRCHS_PRICE_AMT: (line) => line.rate,
  DMERC_LINE_SCRN_SVGS_AMT: filled(90, () => 0),
  LINE_SERVICE_DEDUCTIBLE: (line) => (line.deductible > 0 ? '0' : '1'),
  LINE_ICD_DGNS_CD: (line) => line.diagnosis,
  LINE_ICD_DGNS_VRSN_CD: (line) => coded(line.diagnosis),
  LINE_HCT_HGB_RSLT_NUM: (line) => (hasBloodTest(line) ? `${30 + (line.rate % 15)}.5` : '0.0'),
  LINE_HCT_HGB_TYPE_CD: (line) => (hasBloodTest(line) ? 'R2' : ''),
};

const LINES_OF_INSTITUTIONS: Readonly<Record<string, LineMaker>> = {
  CLM_LINE_NUM: (line) => line.number,
  REV_CNTR: (line) => line.revenueCenter,
  REV_CNTR_DT: (line) => rifDate(line.day),
  REV_CNTR_UNIT_CNT: (line) => line.units,
  REV_CNTR_RATE_AMT: (line) => line.rate,
  REV_CNTR_TOT_CHRG_AMT: (line) => line.charged,
  REV_CNTR_NCVRD_CHRG_AMT: (line) => line.notCovered,
  REV_CNTR_PRVDR_PMT_AMT: (line) => line.paid,
  REV_CNTR_BENE_PMT_AMT: () => 0,
  REV_CNTR_PMT_AMT_AMT: (line) => line.paid,
  REV_CNTR_BLOOD_DDCTBL_AMT: () => 0,
  REV_CNTR_CASH_DDCTBL_AMT: (line) => line.deductible,
  REV_CNTR_COINSRNC_WGE_ADJSTD_C: (line) => line.coinsurance,
  REV_CNTR_RDCD_COINSRNC_AMT: () => 0,
  REV_CNTR_1ST_MSP_PD_AMT: (line) => line.primaryPaid,
  REV_CNTR_2ND_MSP_PD_AMT: () => 0,
  REV_CNTR_PTNT_RSPNSBLTY_PMT: (line) => line.deductible + line.coinsurance,
  REV_CNTR_NDC_QTY: (line) => (hasDrug(line) ? line.units : ''),
  REV_CNTR_NDC_QTY_QLFR_CD: (line) => (hasDrug(line) ? 'UN' : ''),
  RNDRNG_PHYSN_NPI: (line) => line.claim.physician,
};

export const CLAIM_LINE_RULES: Rules<ClaimLine> = {
  columns: {
    ...LINES_OF_PHYSICIANS_AND_SUPPLIERS,
    ...LINES_OF_INSTITUTIONS,
    HCPCS_CD: filled(94, (line) => line.service),
  },
};

/** The payment for capital is the sum of its components. */
function capitalRules(): Record<string, ClaimMaker> {
  const components = CAPITAL_COLUMNS.map((name, place): [string, ClaimMaker] => [
    name,
    ({ capital }) => capital[place] ?? '',
  ]);
  return {
    ...Object.fromEntries(components),
    CLM_TOT_PPS_CPTL_AMT: ({ capital }) =>
      capital.length === 0 ? '' : capital.reduce((sum, component) => sum + component, 0),
  };
}

/** Some days before the claim's first, but not before there was insurance. */
function daysBefore(days: number): ClaimMaker {
  return ({ day, person }) => rifDate(Math.max(day - days, person.coveredSince));
}

// Two columns each must agree on these, so they follow from a fact of the line and not from a draw.
const hasBloodTest = (line: ClaimLine): boolean => line.rate % 8 === 0;
const hasDrug = (line: ClaimLine): boolean => line.rate % 10 === 1;
