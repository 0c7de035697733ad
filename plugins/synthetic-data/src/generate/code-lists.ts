/**
 * Columns that hold a code with no bearing on other columns: how often each is filled, and with what. One a
 * line, to be read by eye. A code that stands more than once is likelier. `#` is any digit, `@` any letter.
 */

export interface CodeList {
  /** In how many of 100 cases the column has a value. */
  readonly percent: number;
  readonly codes: readonly string[];
}

const TABLE = `
  FINAL_ACTION                    100  F F F F F F F F F F F F F F F F F F F N

  EFIVEPCT                        5    Y
  ENRL_SRC                        100  CME EDB
  SAMPLE_GROUP                    20   01 04 15
  DRVD_LINE_2_ADR                 20   APT_# APT_## UNIT_##
  DRVD_LINE_3_ADR                 3    C/O_FAMILY
  DRVD_LINE_4_ADR                 2    BUILDING_#
  DRVD_LINE_5_ADR                 1    FLOOR_#
  DRVD_LINE_6_ADR                 1    REAR_ENTRANCE

  CARR_CLM_ENTRY_CD               100  1 1 1 1 1 1 1 1 1 5
  CLM_DISP_CD                     100  01 01 01 01 01 01 02 03
  CARR_NUM                        100  01102 04412 05102 06102 09102 12502 13202 14212 31143
  RFR_PHYSN_UPIN                  3    @#####
  CARR_CLM_RFRNG_PIN_NUM          100  PCP######
  CLM_CLNCL_TRIL_NUM              1    0#######
  CARR_PRFRNG_PIN_NUM             100  PCP######
  PRF_PHYSN_UPIN                  3    @#####
  CARR_LINE_PRVDR_TYPE_CD         100  0 1 1 1 1 3 7
  TAX_NUM                         100  999######
  PRVDR_SPCLTY                    98   01 06 08 08 11 11 18 20 30 41 50 69 97
  PRTCPTNG_IND_CD                 95   1 1 1 4
  CARR_LINE_RDCD_PMT_PHYS_ASTN_C  100  0 0 0 0 0 0 0 1
  LINE_CMS_TYPE_SRVC_CD           100  1 1 1 2 3 4 5 5
  LINE_PLACE_OF_SRVC_CD           100  11 11 11 12 19 21 22 23 31 81
  CARR_LINE_PRCNG_LCLTY_CD        100  00 01 05 18 26 40 99
  BETOS_CD                        95   M1A M1B M2A P6C T1A T1H T2A I1A O1E
  LINE_PRCSG_IND_CD               98   A A A A A A A A A C D
  LINE_PMT_80_100_CD              90   0 0 0 1
  CARR_LINE_MTUS_CD               90   0 2 3 3 3
  HPSA_SCRCTY_IND_CD              2    1 2
  CARR_LINE_RX_NUM                1    ##########
  CARR_LINE_ANSTHSA_UNIT_CNT      100  0
  LINE_NDC_CD                     3    99999######
  CARR_LINE_CLIA_LAB_NUM          8    ##D9######

  PRVDR_NUM                       100  ##9###
  DMERC_LINE_SUPPLR_TYPE_CD       90   0 3 6
  DMERC_LINE_MTUS_CD              90   0 3

  CLAIM_QUERY_CODE                100  3 3 3 3 3 3 3 3 3 5
  CLM_MDCR_NON_PMT_RSN_CD         2    B N P R
  FI_NUM                          95   01001 04011 05901 06101 08101 09101 10111 12101 14013
  FI_CLM_ACTN_CD                  90   1 1 1 1 1 1 5
  AT_PHYSN_UPIN                   3    @#####
  OP_PHYSN_UPIN                   2    @#####
  OT_PHYSN_UPIN                   1    @#####
  RNDRNG_PHYSN_UPIN               2    @#####
  CLM_MCO_PD_SW                   95   0
  PTNT_DSCHRG_STUS_CD             100  01 01 01 01 02 03 06 30
  CLM_PPS_IND_CD                  60   2
  CLM_IP_ADMSN_TYPE_CD            100  1 1 2 3 3
  CLM_SRC_IP_ADMSN_CD             98   1 1 2 4 5
  NCH_PTNT_STATUS_IND_CD          95   A A A A C
  CLM_DRG_OUTLIER_STAY_CD         100  0 0 0 0 0 0 0 0 0 1
  CLM_HHA_LUPA_IND_CD             7    L
  CLM_HHA_RFRL_CD                 90   1 1 2 4
  BENE_HOSPC_PRD_CNT              95   1 1 1 2 3
  BENE_LRD_USED_CNT               95   0 0 0 0 0 0 0 0 0 12
  NCH_BLOOD_PNTS_FRNSHD_QTY       100  0 0 0 0 0 0 0 0 0 2
  REV_CNTR_1ST_ANSI_CD            5    CO45 PR2 CO97
  REV_CNTR_2ND_ANSI_CD            3    PR1 CO45
  REV_CNTR_3RD_ANSI_CD            2    CO59
  REV_CNTR_4TH_ANSI_CD            1    CO253
  REV_CNTR_APC_HIPPS_CD           40   0#### 5####
  HCPCS_1ST_MDFR_CD               20   25 26 59 GP KX LT RT TC
  HCPCS_2ND_MDFR_CD               6    50 76 GA GP KX
  HCPCS_3RD_MDFR_CD               2    GY KX
  HCPCS_4TH_MDFR_CD               1    99
  REV_CNTR_PMT_MTHD_IND_CD        90   1 2 4 4
  REV_CNTR_STUS_IND_CD            90   A G N S T V
  REV_CNTR_DSCNT_IND_CD           10   1 2
  REV_CNTR_PACKG_IND_CD           20   0 1
  REV_CNTR_OTAF_PMT_CD            2    Y
  REV_CNTR_DDCTBL_COINSRNC_CD     80   0 1 2 3
  REV_CNTR_IDE_NDC_UPC_NUM        2    99999######

  SRVC_PRVDR_ID_QLFYR_CD          100  01 01 01 01 07
  PRSCRBR_ID_QLFYR_CD             100  01
  CMPND_CD                        100  0 1 1 1 1 1 1 1 1 1 2
  DAW_PROD_SLCTN_CD               100  0 0 0 0 0 0 1 2
  DSPNSNG_STUS_CD                 2    C P
  DRUG_CVRG_STUS_CD               100  C C C C C C C C C E O
  ADJSTMT_DLTN_CD                 2    A D R
  NSTD_FRMT_CD                    2    B C P X
  PRCNG_EXCPTN_CD                 2    M O
  RX_ORGN_CD                      95   0 1 2 3 3 3 4
  BRND_GNRC_CD                    99   B G G G
  PHRMCY_SRVC_TYPE_CD             100  01 01 01 01 05 06
  PTNT_RSDNC_CD                   100  00 01 01 01 01 03 04
  SUBMSN_CLR_CD                   3    05 08 42
`;

/** By header name. */
export const CODE_LISTS: ReadonlyMap<string, CodeList> = new Map(
  TABLE.trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', percent = '', ...codes] = line.trim().split(/ +/);
      return [
        name,
        { percent: Number(percent), codes: codes.map((code) => code.replaceAll('_', ' ')) },
      ];
    }),
);
