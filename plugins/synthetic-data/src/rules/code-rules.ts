/** Codes that mean something: each column holds values of its code list, or of its identifier's form. */

import type { RifFile, Row } from '../rif/rows.ts';
import type { Report, Rule, Watcher } from './rule.ts';

/**
 * One column a line: the values that its list has, as a pattern. A column that is not in a file is passed over, and
 * an empty field is no code. Two digits may be written without the leading zero, as Synthea does.
 */
const CODES = `
  FINAL_ACTION                    F|N

  BENE_SEX_IDENT_CD               [0-2]
  BENE_RACE_CD                    [0-6]
  RTI_RACE_CD                     [0-6]
  BENE_ENTLMT_RSN_ORIG            [0-3]
  BENE_ENTLMT_RSN_CURR            [0-3]
  BENE_ESRD_IND                   Y|N|0
  BENE_MDCR_STATUS_CD             00|1[01]|2[01]|31
  BENE_PTA_TRMNTN_CD              [0-9]
  BENE_PTB_TRMNTN_CD              [0-9]
  MDCR_STUS_JAN_CD                00|1[01]|2[01]|31
  MDCR_ENTLMT_BUYIN_1_IND         [0-3ABC]
  HMO_1_IND                       [0-24ABC]
  RDS_JAN_IND                     Y|N
  STATE_CODE                      \\d\\d
  FIPS_STATE_CNTY_JAN_CD          \\d{5}
  V_DOD_SW                        V

  PRNCPAL_DGNS_VRSN_CD            [09]
  PRNCPAL_DGNS_CD                 [A-Z]\\d[0-9A-Z]{1,5}
  ICD_DGNS_CD1                    [A-Z]\\d[0-9A-Z]{1,5}
  ICD_DGNS_VRSN_CD1               [09]
  ADMTG_DGNS_CD                   [A-Z]\\d[0-9A-Z]{1,5}
  FST_DGNS_E_CD                   [V-Y]\\d[0-9A-Z]{1,5}
  ICD_DGNS_E_CD1                  [V-Y]\\d[0-9A-Z]{1,5}
  ICD_PRCDR_CD1                   [0-9A-HJ-NP-Z]{7}
  CLM_POA_IND_SW1                 Y|N|U|W|1|Z
  HCPCS_CD                        [0-9A-Z]\\d{4}
  CLM_DRG_CD                      \\d{3,4}
  CARR_CLM_ENTRY_CD               [1359]
  CLM_DISP_CD                     0?[1-3]|6[1-3]
  CARR_CLM_PRVDR_ASGNMT_IND_SW    A|N
  CARR_CLM_HCPCS_YR_CD            \\d
  CARR_LINE_PRVDR_TYPE_CD         [0-8]
  PRTCPTNG_IND_CD                 [1-7]
  LINE_CMS_TYPE_SRVC_CD           [0-9A-Z]
  LINE_PLACE_OF_SRVC_CD           \\d\\d
  LINE_SERVICE_DEDUCTIBLE         [01]
  LINE_PMT_80_100_CD              [0-3]
  CARR_LINE_MTUS_CD               [0-7]
  HPSA_SCRCTY_IND_CD              [1-5]
  LINE_HCT_HGB_TYPE_CD            R[12]
  DMERC_LINE_SUPPLR_TYPE_CD       [0-8]
  LINE_BENE_PRMRY_PYR_CD          [A-IL-N]
  NCH_PRMRY_PYR_CD                [A-IL-N]

  CLM_FREQ_CD                     [0-9A-Z]
  CLM_MDCR_NON_PMT_RSN_CD         [ABCE-HJKNP-RT-Z]
  CLM_MCO_PD_SW                   0|1
  CLM_IP_ADMSN_TYPE_CD            [0-59]
  CLM_SRC_IP_ADMSN_CD             [0-9A-F]
  NCH_PTNT_STATUS_IND_CD          [ABC]
  CLM_DRG_OUTLIER_STAY_CD         [0-26-9]
  CLM_PPS_IND_CD                  0|2
  CLM_HHA_LUPA_IND_CD             L
  CLM_HHA_RFRL_CD                 [1-9A-D]
  CLAIM_QUERY_CODE                [0-59]
  REV_CNTR                        \\d{4}
  REV_CNTR_DDCTBL_COINSRNC_CD     [0-4MNX]
  REV_CNTR_PMT_MTHD_IND_CD        \\d{1,2}
  REV_CNTR_DSCNT_IND_CD           [1-8]
  REV_CNTR_PACKG_IND_CD           [0-3]
  REV_CNTR_OTAF_PMT_CD            Y|N
  REV_CNTR_NDC_QTY_QLFR_CD        F2|GR|ML|UN|ME

  CMPND_CD                        [0-2]
  DAW_PROD_SLCTN_CD               [0-9]
  DSPNSNG_STUS_CD                 P|C
  DRUG_CVRG_STUS_CD               C|E|O
  ADJSTMT_DLTN_CD                 A|D|R
  NSTD_FRMT_CD                    X|B|C|P
  PRCNG_EXCPTN_CD                 M|O
  CTSTRPHC_CVRG_CD                A|C
  RX_ORGN_CD                      [0-5]
  BRND_GNRC_CD                    B|G
  PHRMCY_SRVC_TYPE_CD             0[1-8]|99
  PTNT_RSDNC_CD                   0\\d|1[0-5]
  PROD_SRVC_ID                    \\d{11}
  SRVC_PRVDR_ID_QLFYR_CD          0[1678]|11|99
  PRSCRBR_ID_QLFYR_CD             0[168]|12|99
`;

/** Those that Synthea writes otherwise. */
const OUR_CODES = `
  META_DUAL_ELGBL_STUS_JAN_CD     0[0-9]|10|99|NA
  CRNT_BIC                        [A-Z][0-9A-Z]?
  CLM_DISP_CD                     0[1-3]|6[1-3]
  PTNT_DSCHRG_STUS_CD             0[1-9]|[2-9]\\d
  CST_SHR_GRP_JAN_CD              0[1-9]|1[0-3]
  REV_CNTR_STUS_IND_CD            [A-CE-HJ-NPR-Z]|J1|Q[1-3]
  BENE_ZIP_CD                     \\d{5}|\\d{9}
`;

/** By type of file: codes that say what kind of claim it is. */
const KINDS = `
  CARRIER     NCH_NEAR_LINE_REC_IDENT_CD  O        NCH_CLM_TYPE_CD  7[12]
  DME         NCH_NEAR_LINE_REC_IDENT_CD  M        NCH_CLM_TYPE_CD  8[12]
  HHA         NCH_NEAR_LINE_REC_IDENT_CD  [UVW]    NCH_CLM_TYPE_CD  10  CLM_FAC_TYPE_CD  3
  HOSPICE     NCH_NEAR_LINE_REC_IDENT_CD  V        NCH_CLM_TYPE_CD  50  CLM_FAC_TYPE_CD  8
  INPATIENT   NCH_NEAR_LINE_REC_IDENT_CD  V        NCH_CLM_TYPE_CD  60  CLM_FAC_TYPE_CD  1
  OUTPATIENT  NCH_NEAR_LINE_REC_IDENT_CD  W        NCH_CLM_TYPE_CD  40  CLM_FAC_TYPE_CD  [178]
  SNF         NCH_NEAR_LINE_REC_IDENT_CD  V        NCH_CLM_TYPE_CD  [23]0  CLM_FAC_TYPE_CD  [12]
`;

const CODEBOOK =
  'The codebooks of the Chronic Conditions Warehouse, and bluebutton.cms.gov/resources/variables';

const codes: Rule = {
  name: 'codes',
  says: 'Columns with a code list hold values of that list; identifiers have their form.',
  source: CODEBOOK,
  watch: (report) => watchCodes(() => read(CODES), report),
};

const ourCodes: Rule = {
  name: 'codes-as-published',
  says: 'Codes are written as their list has them, with leading zeros.',
  source: CODEBOOK,
  notInSynthea:
    'It leaves out leading zeros, and has codes of its own for Medicaid status, cost share group and revenue center status.',
  watch: (report) => watchCodes(() => read(OUR_CODES), report),
};

const kindOfClaim: Rule = {
  name: 'kind-of-claim',
  says: 'Record kind, claim type and facility are those of the type of the file.',
  source: CODEBOOK,
  watch: (report) =>
    watchCodes(
      ({ type }) =>
        read(KINDS.split('\n').find((line) => line.trim().startsWith(`${type} `)) ?? '', 1),
      report,
    ),
};

type Codes = readonly (readonly [column: string, pattern: RegExp])[];

/** Reads pairs of column and pattern, after some words of each line. */
function read(table: string, skip = 0): Codes {
  return table.split('\n').flatMap((line) => {
    const words = line.trim().split(/ +/).slice(skip);
    return words.flatMap((column, place): [string, RegExp][] => {
      const pattern = words[place + 1];
      if (place % 2 === 1 || pattern === undefined) return [];
      return [[column, new RegExp(`^(?:${pattern})$`)]];
    });
  });
}

function watchCodes(codesOf: (file: RifFile) => Codes, report: Report): Watcher {
  let columns: readonly (readonly [place: number, column: string, pattern: RegExp])[] = [];
  return {
    file: (file) => {
      columns = codesOf(file).flatMap(([column, pattern]): [number, string, RegExp][] => {
        const place = file.placeOf(column);
        return place === undefined ? [] : [[place, column, pattern]];
      });
    },
    row: (row: Row) => {
      for (const [place, column, pattern] of columns) {
        const code = row.fields[place]?.trim() ?? '';
        if (code !== '' && !pattern.test(code)) report('no such code', row, column);
      }
    },
  };
}

export const CODE_RULES: readonly Rule[] = [codes, ourCodes, kindOfClaim];
