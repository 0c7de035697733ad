// Rows of BENEFICIARY_HISTORY files. They have no key, and equal rows in one file are all kept; so a row of a
// file stands for one stored row: it takes over one with the same content that this file has not taken yet, and only
// if there is none it is added. A file that is sent again therefore adds nothing.
//
// Rows that updates of beneficiaries have made (no file index, but a data set) are not taken over: the file says
// something of its own. Rows of before this program (neither) may come from a file, and are.

const CONTENT = [
  'hicn_unhashed',
  'mbi_num',
  'efctv_bgn_dt',
  'efctv_end_dt',
  'bene_birth_dt',
  'bene_sex_ident_cd',
];

export const STAGE_HISTORY = `
  create temporary table if not exists staged_beneficiaries_history
    (like ccw.beneficiaries_history, row_number bigint generated always as identity)
    on commit delete rows;
  alter table pg_temp.staged_beneficiaries_history alter bene_history_id drop not null`;

/** $1: data set, $2: file. */
export const TAKE_OVER_OR_ADD_HISTORY = `
  with incoming as (
    select *, row_number() over (partition by bene_id, ${CONTENT} order by row_number) as nth
      from pg_temp.staged_beneficiaries_history),
  free as (
    select bene_history_id, bene_id, ${CONTENT},
           row_number() over (partition by bene_id, ${CONTENT} order by bene_history_id) as nth
      from ccw.beneficiaries_history
     where bene_id in (select bene_id from pg_temp.staged_beneficiaries_history)
       and (source_file_index is not null or source_manifest_id is null)
       and (source_manifest_id, source_file_index) is distinct from ($1::bigint, $2::smallint)),
  taken_over as (
    update ccw.beneficiaries_history stored
       set source_manifest_id = $1, source_file_index = $2, last_updated = now(),
           bene_crnt_hic_num = case when stored.bene_crnt_hic_num = '' then incoming.bene_crnt_hic_num
                                    else stored.bene_crnt_hic_num end,
           mbi_hash = coalesce(stored.mbi_hash, incoming.mbi_hash)
      from free join incoming
        on free.bene_id = incoming.bene_id and free.nth = incoming.nth
       and ${CONTENT.map((column) => `free.${column} is not distinct from incoming.${column}`).join(' and ')}
     where stored.bene_history_id = free.bene_history_id
    returning incoming.row_number)
  insert into ccw.beneficiaries_history
    (bene_history_id, bene_id, ${CONTENT}, bene_crnt_hic_num, mbi_hash, last_updated,
     source_manifest_id, source_file_index)
  select nextval('ccw.beneficiaryhistory_beneficiaryhistoryid_seq'), bene_id, ${CONTENT},
         bene_crnt_hic_num, mbi_hash, now(), $1, $2
    from incoming
   where row_number not in (select row_number from taken_over)
   order by row_number`;
