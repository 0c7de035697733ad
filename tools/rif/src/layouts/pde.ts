/** Part D prescription drug events, one row each. */

import { defineLayout } from '../layout-text.ts';

export const PDE = defineLayout({
  type: 'PDE',
  table: 'ccw.partd_events',
  grouping: 'PDE_ID',
  columns: `
    PDE_ID                          bigint         error      key
    CLM_GRP_ID                      bigint         zero
    FINAL_ACTION                    char(1)        error
    BENE_ID                         bigint         error      beneficiary
    SRVC_DT                         date           error
    PD_DT                           date           null
    SRVC_PRVDR_ID_QLFYR_CD          varchar(2)     empty-text
    SRVC_PRVDR_ID                   varchar(15)    empty-text
    PRSCRBR_ID_QLFYR_CD             varchar(2)     empty-text
    PRSCRBR_ID                      varchar(35)    empty-text
    RX_SRVC_RFRNC_NUM               numeric(12,0)  zero
    PROD_SRVC_ID                    varchar(40)    empty-text
    PLAN_CNTRCT_REC_ID              varchar(5)     empty-text
    PLAN_PBP_REC_NUM                varchar(3)     empty-text
    CMPND_CD                        integer        zero
    DAW_PROD_SLCTN_CD               char(1)        error
    QTY_DSPNSD_NUM                  numeric(10,3)  zero
    DAYS_SUPLY_NUM                  numeric        zero
    FILL_NUM                        numeric        zero
    DSPNSNG_STUS_CD                 char(1)        null
    DRUG_CVRG_STUS_CD               char(1)        error
    ADJSTMT_DLTN_CD                 char(1)        null
    NSTD_FRMT_CD                    char(1)        null
    PRCNG_EXCPTN_CD                 char(1)        null
    CTSTRPHC_CVRG_CD                char(1)        null
    GDC_BLW_OOPT_AMT                numeric(8,2)   zero
    GDC_ABV_OOPT_AMT                numeric(8,2)   zero
    PTNT_PAY_AMT                    numeric(8,2)   zero
    OTHR_TROOP_AMT                  numeric(8,2)   zero
    LICS_AMT                        numeric(8,2)   zero
    PLRO_AMT                        numeric(8,2)   zero
    CVRD_D_PLAN_PD_AMT              numeric(8,2)   zero
    NCVRD_PLAN_PD_AMT               numeric(8,2)   zero
    TOT_RX_CST_AMT                  numeric(8,2)   zero
    RX_ORGN_CD                      char(1)        null
    RPTD_GAP_DSCNT_NUM              numeric(8,2)   zero
    BRND_GNRC_CD                    char(1)        null
    PHRMCY_SRVC_TYPE_CD             varchar(2)     empty-text
    PTNT_RSDNC_CD                   varchar(2)     empty-text
    SUBMSN_CLR_CD                   varchar(3)     null
  `,
  derived: [{ dbName: 'last_updated', sqlType: 'timestamptz', source: 'load-time' }],
});
