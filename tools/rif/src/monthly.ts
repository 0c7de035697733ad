/**
 * A beneficiary row carries twelve months of thirteen facts, side by side; the table
 * `ccw.beneficiary_monthly` keeps a row a month. This says which field is which.
 */

/** Months as the header names write them, January first. September is SEPT, not SEP. */
export const RIF_MONTHS = [
  'JAN',
  'FEB',
  'MAR',
  'APR',
  'MAY',
  'JUN',
  'JUL',
  'AUG',
  'SEPT',
  'OCT',
  'NOV',
  'DEC',
] as const;

/** A column of `ccw.beneficiary_monthly` and where its twelve values stand. */
export interface MonthlyColumn {
  readonly dbName: string;
  readonly sqlType: string;
  /** Header names of BENEFICIARY, January to December. */
  readonly rifNames: readonly string[];
}

/**
 * The thirteen columns besides the key (`bene_id`, `year_month`: first day of the month in RFRNC_YR).
 * A month has a row when any of the thirteen is present.
 *
 * @example
 * MONTHLY_COLUMNS[0].rifNames[8]; // 'PTD_CNTRCT_SEPT_ID'
 */
export const MONTHLY_COLUMNS: readonly MonthlyColumn[] = [
  byName('partd_contract_number_id', 'varchar(5)', 'PTD_CNTRCT_*_ID'),
  byName('partc_contract_number_id', 'varchar(5)', 'PTC_CNTRCT_*_ID'),
  byName('medicare_status_code', 'varchar(2)', 'MDCR_STUS_*_CD'),
  byName('fips_state_cnty_code', 'varchar(5)', 'FIPS_STATE_CNTY_*_CD'),
  byNumber('entitlement_buy_in_ind', 'char(1)', 'MDCR_ENTLMT_BUYIN_*_IND'),
  byNumber('hmo_indicator_ind', 'char(1)', 'HMO_*_IND'),
  byName('medicaid_dual_eligibility_code', 'varchar(2)', 'META_DUAL_ELGBL_STUS_*_CD'),
  byName('partd_pbp_number_id', 'varchar(3)', 'PTD_PBP_*_ID'),
  byName('partd_retiree_drug_subsidy_ind', 'char(1)', 'RDS_*_IND'),
  byName('partd_segment_number_id', 'varchar(3)', 'PTD_SGMT_*_ID'),
  byName('partd_low_income_cost_share_group_code', 'varchar(2)', 'CST_SHR_GRP_*_CD'),
  byName('partc_pbp_number_id', 'varchar(3)', 'PTC_PBP_*_ID'),
  byName('partc_plan_type_code', 'varchar(3)', 'PTC_PLAN_TYPE_*_CD'),
];

function byName(dbName: string, sqlType: string, pattern: string): MonthlyColumn {
  return { dbName, sqlType, rifNames: RIF_MONTHS.map((month) => pattern.replace('*', month)) };
}

function byNumber(dbName: string, sqlType: string, pattern: string): MonthlyColumn {
  return {
    dbName,
    sqlType,
    rifNames: RIF_MONTHS.map((_, index) => pattern.replace('*', String(index + 1))),
  };
}
