/** FISS claims: institutional claims of the Fiscal Intermediary Shared System. */

import { defineClaim } from './layout-text.ts';

export const FISS = defineClaim({
  type: 'FISS',
  code: 'F',
  message: 'FissClaim',
  change: 'FissClaimChange',
  rpc: { claims: 'GetFissClaims', range: 'GetFissClaimsSequenceNumberRange' },
  summary: { state: 'curr_status', date: 'curr_tran_date', places: ['curr_loc1', 'curr_loc2'] },
  changeKey: 'rda_claim_key',
  mbi: 'mbi',
  table: 'rda.fiss_claims',
  key: 'claim_id',
  columns: `
    claim_id                 varchar(43)    base64               rda_claim_key
    dcn                      varchar(23)    text+required        dcn
    intermediary_nb          varchar(5)     text+required        intermediary_nb
    sequence_number          bigint         set
    hic_no                   varchar(12)    text+required        hic_no
    curr_status              char(1)        code+required+min=1  curr_status
    curr_loc1                char(1)        code+required+min=1  curr_loc_1
    curr_loc2                varchar(5)     code+required        curr_loc_2
    prov_state_cd            varchar(2)     text                 prov_state_cd
    prov_typ_facil_cd        varchar(1)     text                 prov_typ_facil_cd
    prov_emer_ind            varchar(1)     text                 prov_emer_ind
    prov_dept_id             varchar(3)     text                 prov_dept_id
    meda_prov_id             varchar(13)    text                 meda_prov_id
    meda_prov_6              varchar(6)     text                 meda_prov_6
    total_charge_amount      numeric(11,2)  amount               total_charge_amount
    received_date            date           date                 recd_dt_cymd
    received_date_text       varchar(10)    text                 recd_dt_cymd_text
    curr_tran_date           date           date                 curr_tran_dt_cymd
    curr_tran_date_text      varchar(10)    text                 curr_tran_dt_cymd_text
    admit_diag_code          varchar(7)     text                 adm_diag_code
    principle_diag           varchar(7)     text                 principle_diag
    npi_number               varchar(10)    text                 npi_number
    fed_tax_number           varchar(10)    text                 fed_tax_nb
    last_updated             timestamptz    set
    prac_loc_addr1           text           text                 prac_loc_addr1
    prac_loc_addr2           text           text                 prac_loc_addr2
    prac_loc_city            text           text                 prac_loc_city
    prac_loc_state           varchar(2)     text                 prac_loc_state
    prac_loc_zip             varchar(15)    text                 prac_loc_zip
    stmt_cov_from_date       date           date                 stmt_cov_from_cymd
    stmt_cov_from_date_text  varchar(10)    text                 stmt_cov_from_cymd_text
    stmt_cov_to_date         date           date                 stmt_cov_to_cymd
    stmt_cov_to_date_text    varchar(10)    text                 stmt_cov_to_cymd_text
    lob_cd                   varchar(1)     code                 lob_cd
    serv_type_cd_mapping     varchar(20)    which                serv_type_cd_enum=Normal serv_type_cd_for_clinics_enum=Clinic serv_type_cd_for_special_facilities_enum=SpecialFacility serv_typ_cd_unrecognized=Unrecognized
    serv_type_cd             varchar(1)     code+min=1           serv_type_cd_enum serv_type_cd_for_clinics_enum serv_type_cd_for_special_facilities_enum serv_typ_cd_unrecognized
    freq_cd                  varchar(1)     code                 freq_cd
    bill_typ_cd              varchar(3)     text                 bill_typ_cd
    api_source               varchar(24)    set
    reject_cd                varchar(5)     text                 reject_cd
    full_part_den_ind        varchar(1)     text                 full_part_den_ind
    non_pay_ind              varchar(2)     text                 non_pay_ind
    xref_dcn_nbr             varchar(23)    text                 xref_dcn_nbr
    adj_req_cd               varchar(1)     code                 adj_req_cd
    adj_reas_cd              varchar(2)     text                 adj_reas_cd
    cancel_xref_dcn          varchar(23)    text                 cancel_xref_dcn
    cancel_date              date           date                 cancel_date_cymd
    canc_adj_cd              varchar(1)     code                 canc_adj_cd
    original_xref_dcn        varchar(23)    text                 original_xref_dcn
    paid_dt                  date           date                 paid_dt_cymd
    adm_date                 date           date                 adm_date_cymd
    adm_date_text            varchar(10)    text                 adm_date_cymd_text
    adm_source               varchar(1)     code                 adm_source
    primary_payer_code       varchar(1)     code                 primary_payer_code
    attend_phys_id           varchar(16)    text                 attend_phys_id
    attend_phys_lname        varchar(17)    text                 attend_phys_lname
    attend_phys_fname        varchar(18)    text                 attend_phys_fname
    attend_phys_mint         varchar(1)     text                 attend_phys_mint
    attend_phys_flag         varchar(1)     code                 attend_phys_flag
    operating_phys_id        varchar(16)    text                 operating_phys_id
    oper_phys_lname          varchar(17)    text                 oper_phys_lname
    oper_phys_fname          varchar(18)    text                 oper_phys_fname
    oper_phys_mint           varchar(1)     text                 oper_phys_mint
    oper_phys_flag           varchar(1)     code                 oper_phys_flag
    oth_phys_id              varchar(16)    text                 oth_phys_id
    oth_phys_lname           varchar(17)    text                 oth_phys_lname
    oth_phys_fname           varchar(18)    text                 oth_phys_fname
    oth_phys_mint            varchar(1)     text                 oth_phys_mint
    oth_phys_flag            varchar(1)     code                 oth_phys_flag
    xref_hic_nbr             varchar(12)    text                 xref_hic_nbr
    proc_new_hic_ind         varchar(1)     code                 proc_new_hic_ind
    new_hic                  varchar(12)    text                 new_hic
    drg_cd                   varchar(4)     text                 drg_cd
    group_code               varchar(2)     text                 group_code
    clm_typ_ind              varchar(1)     code                 clm_typ_ind
    repos_ind                varchar(1)     code                 repos_ind
    repos_hic                varchar(12)    text                 repos_hic
    mbi_subm_bene_ind        varchar(1)     code                 mbi_subm_bene_ind
    adj_mbi_ind              varchar(1)     code                 adj_mbi_ind
    adj_mbi                  varchar(11)    text                 adj_mbi
    medical_record_no        varchar(17)    text                 medical_record_no
    adm_typ_cd               varchar(2)     code                 adm_typ_cd
    mbi_id                   bigint         set
  `,
  children: [
    {
      field: 'fiss_proc_codes',
      message: 'FissProcedureCode',
      table: 'rda.fiss_proc_codes',
      columns: `
    claim_id      varchar(43)  parent
    rda_position  smallint     small          rda_position
    proc_code     varchar(10)  text+required  proc_cd
    proc_flag     varchar(4)   text           proc_flag
    proc_date     date         date           proc_dt
      `,
    },
    {
      field: 'fiss_diag_codes',
      message: 'FissDiagnosisCode',
      table: 'rda.fiss_diagnosis_codes',
      columns: `
    claim_id      varchar(43)  parent
    rda_position  smallint     small                rda_position
    diag_cd2      varchar(7)   text+required+min=0  diag_cd_2
    diag_poa_ind  varchar(1)   code                 diag_poa_ind
    bit_flags     varchar(4)   text+min=0           bit_flags
      `,
    },
    {
      field: 'fiss_payers',
      message: 'FissPayer',
      table: 'rda.fiss_payers',
      columns: `
    claim_id            varchar(43)    parent
    rda_position        smallint       small            insuredPayer.rda_position beneZPayer.rda_position
    payer_type          varchar(20)    which            beneZPayer=BeneZ insuredPayer=Insured
    payers_id           varchar(1)     code             insuredPayer.payers_id beneZPayer.payers_id
    payers_name         varchar(32)    text             insuredPayer.payers_name beneZPayer.payers_name
    rel_ind             varchar(1)     code             insuredPayer.rel_ind beneZPayer.rel_ind
    assign_ind          varchar(1)     code             insuredPayer.assign_ind beneZPayer.assign_ind
    provider_number     varchar(13)    text             insuredPayer.provider_number beneZPayer.provider_number
    adj_dcn_icn         varchar(23)    text             insuredPayer.adj_dcn_icn beneZPayer.adj_dcn_icn
    prior_pmt           numeric(11,2)  amount           insuredPayer.prior_pmt beneZPayer.prior_pmt
    est_amt_due         numeric(11,2)  amount           insuredPayer.est_amt_due beneZPayer.est_amt_due
    bene_rel            varchar(2)     code             beneZPayer.bene_rel
    bene_last_name      varchar(15)    text+skip-empty  beneZPayer.bene_last_name
    bene_first_name     varchar(10)    text+skip-empty  beneZPayer.bene_first_name
    bene_mid_init       varchar(1)     text+skip-empty  beneZPayer.bene_mid_init
    bene_ssn_hic        varchar(19)    text             beneZPayer.bene_ssn_hic
    insured_rel         varchar(2)     code             insuredPayer.insured_rel
    insured_name        varchar(25)    text             insuredPayer.insured_name
    insured_ssn_hic     varchar(19)    text             insuredPayer.insured_ssn_hic
    insured_group_name  varchar(17)    text             insuredPayer.insured_group_name beneZPayer.insured_group_name
    insured_group_nbr   varchar(20)    text             insuredPayer.insured_group_nbr
    bene_dob            date           date             beneZPayer.bene_dob
    bene_sex            varchar(1)     code             beneZPayer.bene_sex
    treat_auth_cd       varchar(18)    text             insuredPayer.treat_auth_cd beneZPayer.treat_auth_cd
    insured_sex         varchar(1)     code             insuredPayer.insured_sex beneZPayer.insured_sex
    insured_rel_x12     varchar(2)     code             insuredPayer.insured_rel_x12 beneZPayer.insured_rel_x12
    insured_dob         date           date             insuredPayer.insured_dob
    insured_dob_text    varchar(9)     text             insuredPayer.insured_dob_text
      `,
    },
    {
      field: 'fiss_audit_trail',
      message: 'FissAuditTrail',
      table: 'rda.fiss_audit_trails',
      columns: `
    claim_id        varchar(43)  parent
    rda_position    smallint     small   rda_position
    badt_status     varchar(1)   code    badt_status
    badt_loc        varchar(5)   text    badt_loc
    badt_oper_id    varchar(9)   text    badt_oper_id
    badt_reas       varchar(5)   text    badt_reas
    badt_curr_date  date         date    badt_curr_date_cymd
      `,
    },
    {
      field: 'fiss_revenue_lines',
      message: 'FissRevenueLine',
      table: 'rda.fiss_revenue_lines',
      columns: `
    claim_id           varchar(43)  parent
    rda_position       smallint     small    rda_position
    non_bill_rev_code  varchar(1)   code     non_bill_rev_code
    rev_cd             varchar(4)   text     rev_cd
    rev_units_billed   integer      integer  rev_units_billed
    rev_serv_unit_cnt  integer      integer  rev_serv_unit_cnt
    serv_dt_cymd       date         date     serv_dt_cymd
    serv_dt_cymd_text  varchar(10)  text     serv_dt_cymd_text
    hcpc_cd            varchar(5)   text     hcpc_cd
    hcpc_ind           varchar(1)   text     hcpc_ind
    hcpc_modifier      varchar(2)   text     hcpc_modifier
    hcpc_modifier2     varchar(2)   text     hcpc_modifier2
    hcpc_modifier3     varchar(2)   text     hcpc_modifier3
    hcpc_modifier4     varchar(2)   text     hcpc_modifier4
    hcpc_modifier5     varchar(2)   text     hcpc_modifier5
    apc_hcpcs_apc      varchar(5)   text     apc_hcpcs_apc
    aco_red_rarc       varchar(5)   text     aco_red_rarc
    aco_red_carc       varchar(3)   text     aco_red_carc
    aco_red_cagc       varchar(2)   text     aco_red_cagc
    ndc                varchar(11)  text     ndc
    ndc_qty            varchar(11)  text     ndc_qty
    ndc_qty_qual       varchar(2)   code     ndc_qty_qual
      `,
    },
  ],
});
