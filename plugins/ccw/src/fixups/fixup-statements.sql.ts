// The statements of a fix-up. They are the same for both tables, whose names are part of this program.

export type FixupTable = 'ccw.beneficiaries' | 'ccw.beneficiaries_history';

const KEYS: Readonly<Record<FixupTable, string>> = {
  'ccw.beneficiaries': 'bene_id',
  'ccw.beneficiaries_history': 'bene_history_id',
};

/** A row as the statements return it. Keys are bigint, and so text here. */
export interface StoredRow {
  readonly id: string;
  readonly hicn: string | null;
  readonly mbi: string | null;
  /** Empty: still to be made. */
  readonly hicnHash: string;
  /** Null: still to be made, or there is no MBI. */
  readonly mbiHash: string | null;
  readonly hicnHashOld: string | null;
  readonly mbiHashOld: string | null;
}

export interface FixupStatements {
  /** A row if anything lacks a hash. */
  readonly hasMissing: string;
  /** About how many rows lack a hash. */
  readonly countMissing: string;
  /** Rows with a missing hash. $1: lowest key, $2: at most so many. */
  readonly findMissing: string;
  /** How many rows have an identifier. */
  readonly countIdentified: string;
  /** Rows with an identifier and no former hash of it. Parameters as of `findMissing`. */
  readonly findUnrotated: string;
  /** Rows with a former hash. Parameters as of `findMissing`. */
  readonly findRotated: string;
  /** How many rows have a hash and nothing it could be made anew from. */
  readonly countUnknown: string;
  /** A few identifiers with their stored hashes. */
  readonly sample: string;
  /** How often rows were written since the database began to count. */
  readonly countWrites: string;
  /** Writes the hashes of rows that are still as they were found and that nobody else is writing. $1 to $9: one array a column. */
  readonly store: string;
}

const HICN_MISSING = `(bene_crnt_hic_num = '' and hicn_unhashed <> '')`;
const MBI_MISSING = `(mbi_hash is null and mbi_num <> '')`;
/** The condition of the `…_unhashed_idx`. The two above imply it, so those rows are found by it. */
const IN_INDEX = `(bene_crnt_hic_num = '' or (mbi_hash is null and mbi_num is not null))`;

export function fixupStatements(table: FixupTable): FixupStatements {
  const key = KEYS[table];
  const find = (condition: string) => `
    select ${key} as id, hicn_unhashed as hicn, mbi_num as mbi, bene_crnt_hic_num as "hicnHash",
           mbi_hash as "mbiHash", hicn_hash_old as "hicnHashOld", mbi_hash_old as "mbiHashOld"
      from ${table}
     where (${condition}) and ${key} >= $1::bigint
     order by ${key} limit $2`;
  return {
    hasMissing: `select from ${table} where ${HICN_MISSING} or ${MBI_MISSING} limit 1`,
    countMissing: `select count(*) from ${table} where ${IN_INDEX}`,
    findMissing: find(`${HICN_MISSING} or ${MBI_MISSING}`),
    countIdentified: `select count(*) from ${table} where hicn_unhashed <> '' or mbi_num <> ''`,
    findUnrotated: find(`(hicn_unhashed <> '' and hicn_hash_old is null)
             or (mbi_num <> '' and mbi_hash_old is null)`),
    findRotated: find('hicn_hash_old is not null or mbi_hash_old is not null'),
    countUnknown: `
      select count(*) from ${table}
       where (bene_crnt_hic_num <> '' and coalesce(hicn_unhashed, '') = '')
          or (mbi_hash is not null and coalesce(mbi_num, '') = '')`,
    // By the indexes of the hashes: quick however few rows have one.
    sample: `
      (select mbi_num as identifier, mbi_hash as hash from ${table}
        where mbi_hash > '' and mbi_num <> '' order by mbi_hash limit 4)
      union all
      (select hicn_unhashed, bene_crnt_hic_num from ${table}
        where bene_crnt_hic_num > '' and hicn_unhashed <> '' order by bene_crnt_hic_num limit 4)`,
    countWrites: `
      select pg_stat_get_tuples_inserted('${table}'::regclass)
           + pg_stat_get_tuples_updated('${table}'::regclass) as count`,
    // Locks are never waited for, and the rows are the ones the hashes were made of: who loads meanwhile neither
    // waits for long nor is overwritten. last_updated tells readers, who see the hash and not the former one.
    store: `
      update ${table} stored
         set bene_crnt_hic_num = made.hicn_hash, mbi_hash = made.mbi_hash,
             hicn_hash_old = made.hicn_hash_old, mbi_hash_old = made.mbi_hash_old,
             last_updated = case when (stored.bene_crnt_hic_num, stored.mbi_hash)
                                      is distinct from (made.hicn_hash::varchar, made.mbi_hash::varchar)
                                 then now() else stored.last_updated end
        from (select made.*
                from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],
                            $6::text[], $7::text[], $8::text[], $9::text[])
                       as made (id, hicn, mbi, hicn_hash_was, mbi_hash_was,
                                hicn_hash, mbi_hash, hicn_hash_old, mbi_hash_old)
                join ${table} current on current.${key} = made.id
               where current.hicn_unhashed is not distinct from made.hicn
                 and current.mbi_num is not distinct from made.mbi
                 and current.bene_crnt_hic_num = made.hicn_hash_was
                 and current.mbi_hash is not distinct from made.mbi_hash_was
                 for no key update of current skip locked) made
       where stored.${key} = made.id`,
  };
}
