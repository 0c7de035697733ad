// What a beneficiary UPDATE does besides replacing the row. All statements work on the staged rows of one chunk, in
// which each beneficiary is there once.

import { MONTHLY_COLUMNS } from '@bfd-host/rif';

const FORMER_STATE = [
  'hicn_unhashed',
  'mbi_num',
  'efctv_bgn_dt',
  'efctv_end_dt',
  'bene_birth_dt',
  'bene_sex_ident_cd',
];

/**
 * A history row with the old values of each beneficiary whose identity changes. $1: data set; $2: whether this
 * data set is loaded over what it left when it failed.
 *
 * The hashes need no comparison: a hash is kept when its identifier is the same.
 *
 * A data set that is sent again replays changes that are known: it makes an old state current and then leaves it
 * again. Leaving a state that an earlier data set had already made a former one adds nothing, and when the
 * state that was current before comes back, the row this data set has made of it goes.
 */
export const KEEP_FORMER_STATES = `
  with changed as (
    select old.*, new.hicn_unhashed as new_hicn_unhashed, new.mbi_num as new_mbi_num,
           new.efctv_bgn_dt as new_efctv_bgn_dt, new.efctv_end_dt as new_efctv_end_dt,
           new.bene_birth_dt as new_bene_birth_dt, new.bene_sex_ident_cd as new_bene_sex_ident_cd
      from pg_temp.staged_beneficiaries new
      join ccw.beneficiaries old on old.bene_id = new.bene_id
     where (old.bene_birth_dt, old.hicn_unhashed, old.bene_sex_ident_cd, old.mbi_num, old.efctv_bgn_dt)
           is distinct from
           (new.bene_birth_dt, new.hicn_unhashed, new.bene_sex_ident_cd, new.mbi_num, new.efctv_bgn_dt)),
  known as (
    update ccw.beneficiaries_history former
       set last_updated = now()
      from changed
     where former.bene_id = changed.bene_id
       and ${FORMER_STATE.map((column) => `former.${column} is not distinct from changed.${column}`).join(' and ')}
       and former.source_file_index is null
       and (former.source_manifest_id is distinct from $1 or $2::boolean)
    returning former.bene_id),
  come_back as (
    delete from ccw.beneficiaries_history former
     using changed
     where former.bene_id = changed.bene_id
       and changed.bene_id in (select bene_id from known)
       and ${FORMER_STATE.map((column) => `former.${column} is not distinct from changed.new_${column}`).join(' and ')}
       and former.source_file_index is null
       and former.source_manifest_id = $1)
  insert into ccw.beneficiaries_history
    (bene_history_id, bene_id, ${FORMER_STATE}, bene_crnt_hic_num, mbi_hash, last_updated, source_manifest_id)
  select nextval('ccw.beneficiaryhistory_beneficiaryhistoryid_seq'), bene_id, ${FORMER_STATE},
         bene_crnt_hic_num, mbi_hash, now(), $1
    from changed
   where bene_id not in (select bene_id from known)`;

/** Months that a replaced year no longer has. */
export const DELETE_VANISHED_MONTHS = `
  delete from ccw.beneficiary_monthly month
   using (select distinct bene_id, date_trunc('year', year_month)::date as first
            from pg_temp.staged_beneficiary_monthly) year
   where month.bene_id = year.bene_id
     and month.year_month >= year.first and month.year_month < year.first + interval '1 year'
     and not exists (select from pg_temp.staged_beneficiary_monthly new
                      where new.bene_id = month.bene_id and new.year_month = month.year_month)`;

const MONTHLY = MONTHLY_COLUMNS.map(({ dbName }) => dbName);

/** Months as they are now. Those that are the same are left alone. */
export const REPLACE_MONTHS = `
  insert into ccw.beneficiary_monthly as month (bene_id, year_month, ${MONTHLY})
  select bene_id, year_month, ${MONTHLY} from pg_temp.staged_beneficiary_monthly
  on conflict (bene_id, year_month) do update
     set ${MONTHLY.map((column) => `${column} = excluded.${column}`)}
   where (${MONTHLY.map((column) => `month.${column}`)}) is distinct from (${MONTHLY.map((column) => `excluded.${column}`)})`;
