/** Former identities of a beneficiary. Most of what the file carries is read but not stored. */

import { defineLayout } from '../layout-text.ts';

export const BENEFICIARY_HISTORY = defineLayout({
  type: 'BENEFICIARY_HISTORY',
  table: 'ccw.beneficiaries_history',
  columns: `
    BENE_ID                         bigint         error      beneficiary
    STATE_CODE                      varchar(2)     null       not-stored
    BENE_COUNTY_CD                  varchar(10)    null       not-stored
    BENE_ZIP_CD                     varchar(9)     null       not-stored
    BENE_BIRTH_DT                   date           error
    BENE_SEX_IDENT_CD               char(1)        error
    BENE_RACE_CD                    char(1)        null       not-stored
    BENE_ENTLMT_RSN_ORIG            char(1)        null       not-stored
    BENE_ENTLMT_RSN_CURR            char(1)        null       not-stored
    BENE_ESRD_IND                   char(1)        null       not-stored
    BENE_MDCR_STATUS_CD             varchar(2)     null       not-stored
    BENE_PTA_TRMNTN_CD              char(1)        null       not-stored
    BENE_PTB_TRMNTN_CD              char(1)        null       not-stored
    BENE_CRNT_HIC_NUM               varchar(11)    empty-text as=hicn_unhashed
    BENE_SRNM_NAME                  varchar(24)    null       not-stored
    BENE_GVN_NAME                   varchar(15)    null       not-stored
    BENE_MDL_NAME                   char(1)        null       not-stored
    MBI_NUM                         varchar(11)    null
    EFCTV_BGN_DT                    date           null
    EFCTV_END_DT                    date           null
  `,
  derived: [
    {
      dbName: 'bene_history_id',
      sqlType: 'bigint',
      source: 'sequence',
      sequence: 'ccw.beneficiaryhistory_beneficiaryhistoryid_seq',
    },
    {
      dbName: 'bene_crnt_hic_num',
      sqlType: 'varchar(64)',
      source: 'hash',
      of: 'BENE_CRNT_HIC_NUM',
    },
    { dbName: 'mbi_hash', sqlType: 'varchar(64)', source: 'hash', of: 'MBI_NUM' },
    { dbName: 'last_updated', sqlType: 'timestamptz', source: 'load-time' },
  ],
});
