/** Amounts that add up. */

import type { RifType } from '@bfd-host/rif';
import type { Row } from '../rif/rows.ts';
import {
  type Claim,
  has,
  INSTITUTION_TYPES,
  type Rule,
  records,
  rows,
  SUPPLIER_TYPES,
} from './rule.ts';

const CODEBOOK = 'Medicare FFS Claims codebook, Chronic Conditions Warehouse';
const EVENT_CODEBOOK = 'Part D Event codebook, Chronic Conditions Warehouse';

/** A rule that an amount of a claim is the sum of an amount of its lines. */
function total(
  name: string,
  says: string,
  types: readonly RifType[],
  claimColumn: string,
  lineColumns: readonly string[],
  notInSynthea?: string,
): Rule {
  return {
    name,
    says,
    source: CODEBOOK,
    ...(notInSynthea !== undefined && { notInSynthea }),
    watch: (report) =>
      records(types, (rows) => {
        const [first] = rows;
        if (![claimColumn, ...lineColumns].every((column) => has(first, column))) return;
        const lines = lineColumns.reduce((sum, column) => sum + sumOf(rows, column), 0);
        if (cents(first, claimColumn) !== lines) report('another sum', first, claimColumn);
      }),
  };
}

const TOTALS: readonly Rule[] = [
  total(
    'supplier-paid-total',
    'What is paid for a claim of a physician or supplier is the sum over its lines.',
    SUPPLIER_TYPES,
    'CLM_PMT_AMT',
    ['LINE_NCH_PMT_AMT'],
  ),
  total(
    'supplier-charged-total',
    'What is charged on a claim of a physician or supplier is the sum over its lines.',
    SUPPLIER_TYPES,
    'NCH_CARR_CLM_SBMTD_CHRG_AMT',
    ['LINE_SBMTD_CHRG_AMT'],
  ),
  total(
    'supplier-allowed-total',
    'What is allowed on a claim of a physician or supplier is the sum over its lines.',
    SUPPLIER_TYPES,
    'NCH_CARR_CLM_ALOWD_AMT',
    ['LINE_ALOWD_CHRG_AMT'],
    'It takes what is paid for what is allowed.',
  ),
  total(
    'supplier-paid-to-somebody',
    'What is paid for a claim of a physician or supplier goes, by line, to the provider or the beneficiary.',
    SUPPLIER_TYPES,
    'CLM_PMT_AMT',
    ['LINE_PRVDR_PMT_AMT', 'LINE_BENE_PMT_AMT'],
    'In claims for equipment it takes what the beneficiary pays for what is paid to the beneficiary.',
  ),
  total(
    'institution-charged-total',
    'What is charged on a claim of an institution is the sum over its lines.',
    INSTITUTION_TYPES,
    'CLM_TOT_CHRG_AMT',
    ['REV_CNTR_TOT_CHRG_AMT'],
    'It charges whole stays, of which lines name parts.',
  ),
  total(
    'institution-paid-total',
    'What is paid for a claim of an institution is the sum over its lines, where these have it.',
    INSTITUTION_TYPES,
    'CLM_PMT_AMT',
    ['REV_CNTR_PMT_AMT_AMT'],
    'It pays for whole stays, of which lines name parts.',
  ),
];

const lineOrder: Rule = {
  name: 'line-paid-allowed-charged',
  says: 'On a line, no more is paid than allowed, and no more allowed than charged.',
  source: CODEBOOK,
  watch: (report) =>
    rows(SUPPLIER_TYPES, (row) => {
      const paid = cents(row, 'LINE_NCH_PMT_AMT');
      const allowed = cents(row, 'LINE_ALOWD_CHRG_AMT');
      if (paid > allowed) report('paid > allowed', row);
      if (allowed > cents(row, 'LINE_SBMTD_CHRG_AMT')) report('allowed > charged', row);
    }),
};

const allowedShares: Rule = {
  name: 'line-allowed-shares',
  says: 'What is allowed on a line is paid by the beneficiary, an insurer before Medicare, and Medicare together.',
  source: CODEBOOK,
  notInSynthea: 'It takes what is charged for what is allowed, and what is paid for coinsurance.',
  watch: (report) =>
    rows(SUPPLIER_TYPES, (row) => {
      const shares = [
        'LINE_BENE_PTB_DDCTBL_AMT',
        'LINE_COINSRNC_AMT',
        'LINE_BENE_PRMRY_PYR_PD_AMT',
        'LINE_NCH_PMT_AMT',
      ];
      const sum = shares.reduce((total, column) => total + cents(row, column), 0);
      if (sum !== cents(row, 'LINE_ALOWD_CHRG_AMT')) report('another sum', row);
    }),
};

const claimOrder: Rule = {
  name: 'claim-paid-charged',
  says: 'No more is paid for a claim than charged.',
  source: CODEBOOK,
  watch: (report) =>
    records([...SUPPLIER_TYPES, ...INSTITUTION_TYPES], ([row]) => {
      const charged = SUPPLIER_TYPES.includes(row.file.type)
        ? 'NCH_CARR_CLM_SBMTD_CHRG_AMT'
        : 'CLM_TOT_CHRG_AMT';
      if (cents(row, 'CLM_PMT_AMT') > cents(row, charged)) report('paid > charged', row);
    }),
};

const CAPITAL = [
  'CLM_PPS_CPTL_FSP_AMT',
  'CLM_PPS_CPTL_OUTLIER_AMT',
  'CLM_PPS_CPTL_DSPRPRTNT_SHR_AMT',
  'CLM_PPS_CPTL_IME_AMT',
  'CLM_PPS_CPTL_EXCPTN_AMT',
  'CLM_PPS_OLD_CPTL_HLD_HRMLS_AMT',
];

const capitalTotal: Rule = {
  name: 'capital-total',
  says: 'The payment for a hospital’s capital is the sum of its components.',
  source: `${CODEBOOK}: CLM_TOT_PPS_CPTL_AMT`,
  watch: (report) =>
    records(['INPATIENT'], ([row]) => {
      if (row.get('CLM_TOT_PPS_CPTL_AMT') === '') return;
      const sum = CAPITAL.reduce((total, column) => total + cents(row, column), 0);
      if (cents(row, 'CLM_TOT_PPS_CPTL_AMT') !== sum) report('another sum', row);
    }),
};

const PAYERS = [
  'PTNT_PAY_AMT',
  'OTHR_TROOP_AMT',
  'LICS_AMT',
  'PLRO_AMT',
  'CVRD_D_PLAN_PD_AMT',
  'NCVRD_PLAN_PD_AMT',
];

const eventPayers: Rule = {
  name: 'event-payers',
  says: 'The cost of a prescription is what all who pay for it pay.',
  source: `${EVENT_CODEBOOK}: TOT_RX_CST_AMT`,
  notInSynthea: 'Its patients pay a fixed sum, also for what costs less.',
  watch: (report) =>
    rows(['PDE'], (row) => {
      const sum = PAYERS.reduce((total, column) => total + cents(row, column), 0);
      if (cents(row, 'TOT_RX_CST_AMT') !== sum) report('another sum', row, 'TOT_RX_CST_AMT');
    }),
};

const eventThreshold: Rule = {
  name: 'event-by-threshold',
  says: 'The cost of a prescription lies below or above the out-of-pocket threshold.',
  source: `${EVENT_CODEBOOK}: GDC_BLW_OOPT_AMT, GDC_ABV_OOPT_AMT`,
  notInSynthea: 'It adds up what patients paid so far.',
  watch: (report) =>
    rows(['PDE'], (row) => {
      const parts = cents(row, 'GDC_BLW_OOPT_AMT') + cents(row, 'GDC_ABV_OOPT_AMT');
      if (parts !== cents(row, 'TOT_RX_CST_AMT')) report('another sum', row, 'TOT_RX_CST_AMT');
    }),
};

function sumOf(rows: Claim, column: string): number {
  return rows.reduce((sum, row) => sum + cents(row, column), 0);
}

function cents(row: Row, column: string): number {
  return Math.round(Number(row.get(column)) * 100);
}

export const MONEY_RULES: readonly Rule[] = [
  ...TOTALS,
  lineOrder,
  allowedShares,
  claimOrder,
  capitalTotal,
  eventPayers,
  eventThreshold,
];
