/** Claims of home health agencies, one row per revenue centre line. */

import { defineLayout } from '../layout-text.ts';

export const HHA = defineLayout({
  type: 'HHA',
  table: 'ccw.hha_claims',
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
    FI_CLM_PROC_DT                  date           null
    PRVDR_NUM                       varchar(9)     empty-text
    CLM_FAC_TYPE_CD                 char(1)        error
    CLM_SRVC_CLSFCTN_TYPE_CD        char(1)        error
    CLM_FREQ_CD                     char(1)        error
    FI_NUM                          varchar(5)     null
    CLM_MDCR_NON_PMT_RSN_CD         varchar(2)     null
    CLM_PMT_AMT                     numeric(12,2)  zero
    NCH_PRMRY_PYR_CLM_PD_AMT        numeric(12,2)  zero
    NCH_PRMRY_PYR_CD                char(1)        null
    PRVDR_STATE_CD                  varchar(2)     empty-text
    ORG_NPI_NUM                     varchar(10)    null
    AT_PHYSN_UPIN                   varchar(9)     null
    AT_PHYSN_NPI                    varchar(10)    null
    PTNT_DSCHRG_STUS_CD             varchar(2)     empty-text
    CLM_PPS_IND_CD                  char(1)        null
    CLM_TOT_CHRG_AMT                numeric(12,2)  zero
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
    ICD_DGNS_CD13                   varchar(7)     null
    ICD_DGNS_VRSN_CD13              char(1)        null
    ICD_DGNS_CD14                   varchar(7)     null
    ICD_DGNS_VRSN_CD14              char(1)        null
    ICD_DGNS_CD15                   varchar(7)     null
    ICD_DGNS_VRSN_CD15              char(1)        null
    ICD_DGNS_CD16                   varchar(7)     null
    ICD_DGNS_VRSN_CD16              char(1)        null
    ICD_DGNS_CD17                   varchar(7)     null
    ICD_DGNS_VRSN_CD17              char(1)        null
    ICD_DGNS_CD18                   varchar(7)     null
    ICD_DGNS_VRSN_CD18              char(1)        null
    ICD_DGNS_CD19                   varchar(7)     null
    ICD_DGNS_VRSN_CD19              char(1)        null
    ICD_DGNS_CD20                   varchar(7)     null
    ICD_DGNS_VRSN_CD20              char(1)        null
    ICD_DGNS_CD21                   varchar(7)     null
    ICD_DGNS_VRSN_CD21              char(1)        null
    ICD_DGNS_CD22                   varchar(7)     null
    ICD_DGNS_VRSN_CD22              char(1)        null
    ICD_DGNS_CD23                   varchar(7)     null
    ICD_DGNS_VRSN_CD23              char(1)        null
    ICD_DGNS_CD24                   varchar(7)     null
    ICD_DGNS_VRSN_CD24              char(1)        null
    ICD_DGNS_CD25                   varchar(7)     null
    ICD_DGNS_VRSN_CD25              char(1)        null
    FST_DGNS_E_CD                   varchar(7)     null
    FST_DGNS_E_VRSN_CD              char(1)        null
    ICD_DGNS_E_CD1                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD1             char(1)        null
    ICD_DGNS_E_CD2                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD2             char(1)        null
    ICD_DGNS_E_CD3                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD3             char(1)        null
    ICD_DGNS_E_CD4                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD4             char(1)        null
    ICD_DGNS_E_CD5                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD5             char(1)        null
    ICD_DGNS_E_CD6                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD6             char(1)        null
    ICD_DGNS_E_CD7                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD7             char(1)        null
    ICD_DGNS_E_CD8                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD8             char(1)        null
    ICD_DGNS_E_CD9                  varchar(7)     null
    ICD_DGNS_E_VRSN_CD9             char(1)        null
    ICD_DGNS_E_CD10                 varchar(7)     null
    ICD_DGNS_E_VRSN_CD10            char(1)        null
    ICD_DGNS_E_CD11                 varchar(7)     null
    ICD_DGNS_E_VRSN_CD11            char(1)        null
    ICD_DGNS_E_CD12                 varchar(7)     null
    ICD_DGNS_E_VRSN_CD12            char(1)        null
    CLM_HHA_LUPA_IND_CD             char(1)        null
    CLM_HHA_RFRL_CD                 char(1)        null
    CLM_HHA_TOT_VISIT_CNT           numeric(4,0)   zero
    CLM_ADMSN_DT                    date           null
    FI_DOC_CLM_CNTL_NUM             varchar(23)    null
    FI_ORIG_CLM_CNTL_NUM            varchar(23)    null
    CLAIM_QUERY_CODE                char(1)        null
  `,
  lines: {
    table: 'ccw.hha_claim_lines',
    columns: `
    CLM_LINE_NUM                    smallint       zero       line-number
    REV_CNTR                        varchar(4)     empty-text
    REV_CNTR_DT                     date           null
    REV_CNTR_1ST_ANSI_CD            varchar(5)     null
    REV_CNTR_APC_HIPPS_CD           varchar(5)     null
    HCPCS_CD                        varchar(5)     null
    HCPCS_1ST_MDFR_CD               varchar(5)     null
    HCPCS_2ND_MDFR_CD               varchar(5)     null
    REV_CNTR_PMT_MTHD_IND_CD        varchar(2)     null
    REV_CNTR_UNIT_CNT               numeric        zero
    REV_CNTR_RATE_AMT               numeric(12,2)  zero
    REV_CNTR_PMT_AMT_AMT            numeric(12,2)  zero
    REV_CNTR_TOT_CHRG_AMT           numeric(12,2)  zero
    REV_CNTR_NCVRD_CHRG_AMT         numeric(12,2)  zero
    REV_CNTR_DDCTBL_COINSRNC_CD     char(1)        null
    REV_CNTR_STUS_IND_CD            varchar(2)     null
    REV_CNTR_NDC_QTY                numeric        null
    REV_CNTR_NDC_QTY_QLFR_CD        varchar(2)     null
    RNDRNG_PHYSN_UPIN               varchar(12)    null
    RNDRNG_PHYSN_NPI                varchar(12)    null
    `,
  },
  derived: [{ dbName: 'last_updated', sqlType: 'timestamptz', source: 'load-time' }],
});
