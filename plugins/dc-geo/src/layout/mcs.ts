/** MCS claims: professional claims of the Multi-Carrier System. */

import { defineClaim } from './layout-text.ts';

export const MCS = defineClaim({
  type: 'MCS',
  code: 'M',
  message: 'McsClaim',
  change: 'McsClaimChange',
  rpc: { claims: 'GetMcsClaims', range: 'GetMcsClaimsSequenceNumberRange' },
  summary: {
    state: 'idr_status_code',
    date: 'idr_status_date',
    places: { table: 'rda.mcs_locations', column: 'idr_loc_code' },
  },
  changeKey: 'icn',
  mbi: 'idr_claim_mbi',
  table: 'rda.mcs_claims',
  key: 'idr_clm_hd_icn',
  columns: `
    idr_clm_hd_icn               varchar(15)   text+required  idr_clm_hd_icn
    sequence_number              bigint        set
    idr_contr_id                 varchar(5)    text+required  idr_contr_id
    idr_hic                      varchar(12)   text           idr_hic
    idr_claim_type               varchar(1)    code+required  idr_claim_type
    idr_dtl_cnt                  integer       integer        idr_dtl_cnt
    idr_bene_last_1_6            varchar(6)    text           idr_bene_last_1_6
    idr_bene_first_init          varchar(1)    text           idr_bene_first_init
    idr_bene_mid_init            varchar(1)    text           idr_bene_mid_init
    idr_bene_sex                 varchar(1)    code           idr_bene_sex
    idr_status_code              varchar(1)    code+min=1     idr_status_code
    idr_status_date              date          date           idr_status_date
    idr_bill_prov_npi            varchar(10)   text           idr_bill_prov_npi
    idr_bill_prov_num            varchar(10)   text           idr_bill_prov_num
    idr_bill_prov_ein            varchar(10)   text           idr_bill_prov_ein
    idr_bill_prov_type           varchar(2)    text           idr_bill_prov_type
    idr_bill_prov_spec           varchar(2)    text           idr_bill_prov_spec
    idr_bill_prov_group_ind      varchar(1)    code           idr_bill_prov_group_ind
    idr_bill_prov_price_spec     varchar(2)    text           idr_bill_prov_price_spec
    idr_bill_prov_county         varchar(2)    text           idr_bill_prov_county
    idr_bill_prov_loc            varchar(2)    text           idr_bill_prov_loc
    idr_tot_allowed              numeric(7,2)  amount         idr_tot_allowed
    idr_coinsurance              numeric(7,2)  amount         idr_coinsurance
    idr_deductible               numeric(7,2)  amount         idr_deductible
    idr_bill_prov_status_cd      varchar(1)    code           idr_bill_prov_status_cd
    idr_tot_billed_amt           numeric(7,2)  amount         idr_tot_billed_amt
    idr_claim_receipt_date       date          date           idr_claim_receipt_date
    idr_hdr_from_date_of_svc     date          date           idr_hdr_from_dos
    idr_hdr_to_date_of_svc       date          date           idr_hdr_to_dos
    last_updated                 timestamptz   set
    api_source                   varchar(24)   set
    idr_assignment               varchar(1)    code           idr_assignment
    idr_clm_level_ind            varchar(1)    code           idr_clm_level_ind
    idr_hdr_audit                integer       integer        idr_hdr_audit
    idr_hdr_audit_ind            varchar(1)    code           idr_hdr_audit_ind
    idr_u_split_reason           varchar(1)    code           idr_u_split_reason
    idr_j_referring_prov_npi     varchar(10)   text           idr_j_referring_prov_npi
    idr_j_fac_prov_npi           varchar(10)   text           idr_j_fac_prov_npi
    idr_u_demo_prov_npi          varchar(10)   text           idr_u_demo_prov_npi
    idr_u_super_npi              varchar(10)   text           idr_u_super_npi
    idr_u_fcadj_bil_npi          varchar(10)   text           idr_u_fcadj_bil_npi
    idr_amb_pickup_addres_line1  varchar(25)   text           idr_amb_pickup_addres_line1
    idr_amb_pickup_addres_line2  varchar(20)   text           idr_amb_pickup_addres_line2
    idr_amb_pickup_city          varchar(20)   text           idr_amb_pickup_city
    idr_amb_pickup_state         varchar(2)    text           idr_amb_pickup_state
    idr_amb_pickup_zipcode       varchar(9)    text           idr_amb_pickup_zipcode
    idr_amb_dropoff_name         varchar(24)   text           idr_amb_dropoff_name
    idr_amb_dropoff_addr_line1   varchar(25)   text           idr_amb_dropoff_addr_line1
    idr_amb_dropoff_addr_line2   varchar(20)   text           idr_amb_dropoff_addr_line2
    idr_amb_dropoff_city         varchar(20)   text           idr_amb_dropoff_city
    idr_amb_dropoff_state        varchar(2)    text           idr_amb_dropoff_state
    idr_amb_dropoff_zipcode      varchar(9)    text           idr_amb_dropoff_zipcode
    mbi_id                       bigint        set
  `,
  children: [
    {
      field: 'mcs_details',
      message: 'McsDetail',
      table: 'rda.mcs_details',
      columns: `
    idr_clm_hd_icn               varchar(15)  parent
    idr_dtl_number               smallint     small            idr_dtl_number
    idr_dtl_status               varchar(1)   code             idr_dtl_status
    idr_dtl_from_date            date         date             idr_dtl_from_date
    idr_dtl_to_date              date         date             idr_dtl_to_date
    idr_proc_code                varchar(5)   text+skip-empty  idr_proc_code
    idr_mod_one                  varchar(2)   text             idr_mod_one
    idr_mod_two                  varchar(2)   text             idr_mod_two
    idr_mod_three                varchar(2)   text             idr_mod_three
    idr_mod_four                 varchar(2)   text             idr_mod_four
    idr_dtl_diag_icd_type        varchar(1)   code             idr_dtl_diag_icd_type
    idr_dtl_primary_diag_code    varchar(7)   text             idr_dtl_primary_diag_code
    idr_k_pos_lname_org          varchar(60)  text             idr_k_pos_lname_org
    idr_k_pos_fname              varchar(35)  text             idr_k_pos_fname
    idr_k_pos_mname              varchar(25)  text             idr_k_pos_mname
    idr_k_pos_addr1              varchar(55)  text             idr_k_pos_addr1
    idr_k_pos_addr2_1st          varchar(30)  text             idr_k_pos_addr2_1st
    idr_k_pos_addr2_2nd          varchar(25)  text             idr_k_pos_addr2_2nd
    idr_k_pos_city               varchar(30)  text             idr_k_pos_city
    idr_k_pos_state              varchar(2)   text             idr_k_pos_state
    idr_k_pos_zip                varchar(15)  text             idr_k_pos_zip
    idr_tos                      varchar(1)   code             idr_tos
    idr_two_digit_pos            varchar(2)   code             idr_two_digit_pos
    idr_dtl_rend_type            varchar(2)   text             idr_dtl_rend_type
    idr_dtl_rend_spec            varchar(2)   text             idr_dtl_rend_spec
    idr_dtl_rend_npi             varchar(10)  text             idr_dtl_rend_npi
    idr_dtl_rend_prov            varchar(10)  text             idr_dtl_rend_prov
    idr_k_dtl_fac_prov_npi       varchar(10)  text             idr_k_dtl_fac_prov_npi
    idr_dtl_amb_pickup_addres1   varchar(25)  text             idr_dtl_amb_pickup_addres_1
    idr_dtl_amb_pickup_addres2   varchar(20)  text             idr_dtl_amb_pickup_addres_2
    idr_dtl_amb_pickup_city      varchar(20)  text             idr_dtl_amb_pickup_city
    idr_dtl_amb_pickup_state     varchar(2)   text             idr_dtl_amb_pickup_state
    idr_dtl_amb_pickup_zipcode   varchar(9)   text             idr_dtl_amb_pickup_zipcode
    idr_dtl_amb_dropoff_name     varchar(24)  text             idr_dtl_amb_dropoff_name
    idr_dtl_amb_dropoff_addr_l1  varchar(25)  text             idr_dtl_amb_dropoff_addr_l1
    idr_dtl_amb_dropoff_addr_l2  varchar(20)  text             idr_dtl_amb_dropoff_addr_l2
    idr_dtl_amb_dropoff_city     varchar(20)  text             idr_dtl_amb_dropoff_city
    idr_dtl_amb_dropoff_state    varchar(2)   text             idr_dtl_amb_dropoff_state
    idr_dtl_amb_dropoff_zipcode  varchar(9)   text             idr_dtl_amb_dropoff_zipcode
    idr_dtl_ndc                  varchar(48)  text             idr_dtl_ndc
    idr_dtl_ndc_unit_count       varchar(15)  text             idr_dtl_ndc_unit_count
      `,
    },
    {
      field: 'mcs_diagnosis_codes',
      message: 'McsDiagnosisCode',
      table: 'rda.mcs_diagnosis_codes',
      columns: `
    idr_clm_hd_icn     varchar(15)  parent
    rda_position       smallint     small                rda_position
    idr_diag_icd_type  varchar(1)   code                 idr_diag_icd_type
    idr_diag_code      varchar(7)   text+required+min=0  idr_diag_code
      `,
    },
    {
      field: 'mcs_adjustments',
      message: 'McsAdjustment',
      table: 'rda.mcs_adjustments',
      columns: `
    idr_clm_hd_icn      varchar(15)   parent
    rda_position        smallint      small   rda_position
    idr_adj_date        date          date    idr_adj_date
    idr_xref_icn        varchar(15)   text    idr_xref_icn
    idr_adj_clerk       varchar(4)    text    idr_adj_clerk
    idr_init_ccn        varchar(15)   text    idr_init_ccn
    idr_adj_chk_wrt_dt  date          date    idr_adj_chk_wrt_dt
    idr_adj_b_eomb_amt  numeric(7,2)  amount  idr_adj_b_eomb_amt
    idr_adj_p_eomb_amt  numeric(7,2)  amount  idr_adj_p_eomb_amt
      `,
    },
    {
      field: 'mcs_audits',
      message: 'McsAudit',
      table: 'rda.mcs_audits',
      columns: `
    idr_clm_hd_icn    varchar(15)  parent
    rda_position      smallint     small    rda_position
    idr_j_audit_num   integer      integer  idr_j_audit_num
    idr_j_audit_ind   varchar(1)   code     idr_j_audit_ind
    idr_j_audit_disp  varchar(1)   code     idr_j_audit_disp
      `,
    },
    {
      field: 'mcs_locations',
      message: 'McsLocation',
      table: 'rda.mcs_locations',
      columns: `
    idr_clm_hd_icn     varchar(15)  parent
    rda_position       smallint     small   rda_position
    idr_loc_clerk      varchar(4)   text    idr_loc_clerk
    idr_loc_code       varchar(3)   text    idr_loc_code
    idr_loc_date       date         date    idr_loc_date
    idr_loc_actv_code  varchar(1)   code    idr_loc_actv_code
      `,
    },
  ],
});
