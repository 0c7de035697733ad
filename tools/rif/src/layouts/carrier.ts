/** Claims of physicians and suppliers, one row per claim line. */

import { defineLayout } from '../layout-text.ts';

export const CARRIER = defineLayout({
  type: 'CARRIER',
  table: 'ccw.carrier_claims',
  grouping: 'CLM_ID',
  columns: `
    BENE_ID                         bigint         error      beneficiary
    CLM_ID                          bigint         error      key
    CLM_GRP_ID                      bigint         zero
    FINAL_ACTION                    char(1)        error
    NCH_NEAR_LINE_REC_IDENT_CD      char(1)        error
    NCH_CLM_TYPE_CD                 varchar(2)     empty-text
    CLM_FROM_DT                     date           error
    CLM_THRU_DT                     date           error
    NCH_WKLY_PROC_DT                date           error
    CARR_CLM_ENTRY_CD               char(1)        error
    CLM_DISP_CD                     varchar(2)     empty-text
    CARR_NUM                        varchar(5)     empty-text
    CARR_CLM_PMT_DNL_CD             varchar(2)     empty-text
    CLM_PMT_AMT                     numeric(12,2)  zero
    CARR_CLM_PRMRY_PYR_PD_AMT       numeric(12,2)  zero
    RFR_PHYSN_UPIN                  varchar(12)    null
    RFR_PHYSN_NPI                   varchar(12)    null
    CARR_CLM_PRVDR_ASGNMT_IND_SW    char(1)        null
    NCH_CLM_PRVDR_PMT_AMT           numeric(12,2)  zero
    NCH_CLM_BENE_PMT_AMT            numeric(12,2)  zero
    NCH_CARR_CLM_SBMTD_CHRG_AMT     numeric(12,2)  zero
    NCH_CARR_CLM_ALOWD_AMT          numeric(12,2)  zero
    CARR_CLM_CASH_DDCTBL_APLD_AMT   numeric(12,2)  zero
    CARR_CLM_HCPCS_YR_CD            char(1)        null
    CARR_CLM_RFRNG_PIN_NUM          varchar(14)    empty-text
    PRNCPAL_DGNS_CD                 varchar(7)     null
    PRNCPAL_DGNS_VRSN_CD            char(1)        null
    ICD_DGNS_CD1                    varchar(7)     null
    ICD_DGNS_VRSN_CD1               char(1)        null
    ICD_DGNS_CD2                    varchar(7)     null
    ICD_DGNS_VRSN_CD2               char(1)        null
    ICD_DGNS_CD3                    varchar(7)     null
    ICD_DGNS_VRSN_CD3               char(1)        null
    ICD_DGNS_CD4                    varchar(7)     null
    ICD_DGNS_VRSN_CD4               char(1)        null
    ICD_DGNS_CD5                    varchar(7)     null
    ICD_DGNS_VRSN_CD5               char(1)        null
    ICD_DGNS_CD6                    varchar(7)     null
    ICD_DGNS_VRSN_CD6               char(1)        null
    ICD_DGNS_CD7                    varchar(7)     null
    ICD_DGNS_VRSN_CD7               char(1)        null
    ICD_DGNS_CD8                    varchar(7)     null
    ICD_DGNS_VRSN_CD8               char(1)        null
    ICD_DGNS_CD9                    varchar(7)     null
    ICD_DGNS_VRSN_CD9               char(1)        null
    ICD_DGNS_CD10                   varchar(7)     null
    ICD_DGNS_VRSN_CD10              char(1)        null
    ICD_DGNS_CD11                   varchar(7)     null
    ICD_DGNS_VRSN_CD11              char(1)        null
    ICD_DGNS_CD12                   varchar(7)     null
    ICD_DGNS_VRSN_CD12              char(1)        null
    CLM_CLNCL_TRIL_NUM              varchar(8)     null
    CARR_CLM_CNTL_NUM               varchar(23)    null
    CARR_CLM_BLG_NPI_NUM            varchar(10)    null
  `,
  lines: {
    table: 'ccw.carrier_claim_lines',
    columns: `
    LINE_NUM                        smallint       zero       line-number
    CARR_PRFRNG_PIN_NUM             varchar(15)    empty-text
    PRF_PHYSN_UPIN                  varchar(12)    null
    PRF_PHYSN_NPI                   varchar(12)    null
    ORG_NPI_NUM                     varchar(10)    null
    CARR_LINE_PRVDR_TYPE_CD         char(1)        error
    TAX_NUM                         varchar(10)    empty-text
    PRVDR_STATE_CD                  varchar(2)     null
    PRVDR_ZIP                       varchar(9)     null
    PRVDR_SPCLTY                    varchar(3)     null
    PRTCPTNG_IND_CD                 char(1)        null
    CARR_LINE_RDCD_PMT_PHYS_ASTN_C  char(1)        error
    LINE_SRVC_CNT                   numeric        zero
    LINE_CMS_TYPE_SRVC_CD           char(1)        error
    LINE_PLACE_OF_SRVC_CD           varchar(2)     empty-text
    CARR_LINE_PRCNG_LCLTY_CD        varchar(2)     empty-text
    LINE_1ST_EXPNS_DT               date           null
    LINE_LAST_EXPNS_DT              date           null
    HCPCS_CD                        varchar(5)     null
    HCPCS_1ST_MDFR_CD               varchar(5)     null
    HCPCS_2ND_MDFR_CD               varchar(5)     null
    BETOS_CD                        varchar(3)     null
    LINE_NCH_PMT_AMT                numeric(12,2)  zero
    LINE_BENE_PMT_AMT               numeric(12,2)  zero
    LINE_PRVDR_PMT_AMT              numeric(12,2)  zero
    LINE_BENE_PTB_DDCTBL_AMT        numeric(12,2)  zero
    LINE_BENE_PRMRY_PYR_CD          char(1)        null
    LINE_BENE_PRMRY_PYR_PD_AMT      numeric(12,2)  zero
    LINE_COINSRNC_AMT               numeric(12,2)  zero
    LINE_SBMTD_CHRG_AMT             numeric(12,2)  zero
    LINE_ALOWD_CHRG_AMT             numeric(12,2)  zero
    LINE_PRCSG_IND_CD               varchar(2)     null
    LINE_PMT_80_100_CD              char(1)        null
    LINE_SERVICE_DEDUCTIBLE         char(1)        null
    CARR_LINE_MTUS_CNT              numeric        zero
    CARR_LINE_MTUS_CD               char(1)        null
    LINE_ICD_DGNS_CD                varchar(7)     null
    LINE_ICD_DGNS_VRSN_CD           char(1)        null
    HPSA_SCRCTY_IND_CD              char(1)        null
    CARR_LINE_RX_NUM                varchar(30)    null
    LINE_HCT_HGB_RSLT_NUM           numeric(4,1)   zero
    LINE_HCT_HGB_TYPE_CD            varchar(2)     null
    LINE_NDC_CD                     varchar(11)    null
    CARR_LINE_CLIA_LAB_NUM          varchar(10)    null
    CARR_LINE_ANSTHSA_UNIT_CNT      numeric        zero
    `,
  },
  derived: [{ dbName: 'last_updated', sqlType: 'timestamptz', source: 'load-time' }],
});
