/** Claims for durable medical equipment, one row per claim line. */

import { defineLayout } from '../layout-text.ts';

export const DME = defineLayout({
  type: 'DME',
  table: 'ccw.dme_claims',
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
    CARR_CLM_PRVDR_ASGNMT_IND_SW    char(1)        error
    NCH_CLM_PRVDR_PMT_AMT           numeric(12,2)  zero
    NCH_CLM_BENE_PMT_AMT            numeric(12,2)  zero
    NCH_CARR_CLM_SBMTD_CHRG_AMT     numeric(12,2)  zero
    NCH_CARR_CLM_ALOWD_AMT          numeric(12,2)  zero
    CARR_CLM_CASH_DDCTBL_APLD_AMT   numeric(12,2)  zero
    CARR_CLM_HCPCS_YR_CD            char(1)        null
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
    RFR_PHYSN_UPIN                  varchar(12)    null
    RFR_PHYSN_NPI                   varchar(12)    null
    CLM_CLNCL_TRIL_NUM              varchar(8)     null
    CARR_CLM_CNTL_NUM               varchar(23)    null
  `,
  lines: {
    table: 'ccw.dme_claim_lines',
    columns: `
    LINE_NUM                        smallint       zero       line-number
    TAX_NUM                         varchar(10)    empty-text
    PRVDR_SPCLTY                    varchar(3)     null
    PRTCPTNG_IND_CD                 char(1)        null
    LINE_SRVC_CNT                   numeric        zero
    LINE_CMS_TYPE_SRVC_CD           char(1)        error
    LINE_PLACE_OF_SRVC_CD           varchar(2)     empty-text
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
    LINE_PRMRY_ALOWD_CHRG_AMT       numeric(12,2)  zero
    LINE_SBMTD_CHRG_AMT             numeric(12,2)  zero
    LINE_ALOWD_CHRG_AMT             numeric(12,2)  zero
    LINE_PRCSG_IND_CD               varchar(2)     null
    LINE_PMT_80_100_CD              char(1)        null
    LINE_SERVICE_DEDUCTIBLE         char(1)        null
    LINE_ICD_DGNS_CD                varchar(7)     null
    LINE_ICD_DGNS_VRSN_CD           char(1)        null
    LINE_DME_PRCHS_PRICE_AMT        numeric(12,2)  zero
    PRVDR_NUM                       varchar(10)    null
    PRVDR_NPI                       varchar(12)    null
    DMERC_LINE_PRCNG_STATE_CD       varchar(2)     null
    PRVDR_STATE_CD                  varchar(2)     empty-text
    DMERC_LINE_SUPPLR_TYPE_CD       char(1)        null
    HCPCS_3RD_MDFR_CD               varchar(5)     null
    HCPCS_4TH_MDFR_CD               varchar(5)     null
    DMERC_LINE_SCRN_SVGS_AMT        numeric(12,2)  null
    DMERC_LINE_MTUS_CNT             numeric        zero
    DMERC_LINE_MTUS_CD              char(1)        null
    LINE_HCT_HGB_RSLT_NUM           numeric(3,1)   zero
    LINE_HCT_HGB_TYPE_CD            varchar(2)     null
    LINE_NDC_CD                     varchar(11)    null
    `,
  },
  derived: [{ dbName: 'last_updated', sqlType: 'timestamptz', source: 'load-time' }],
});
