// Which columns PostgreSQL looks at when it analyzes a table.

import { describe, expect, it } from 'vitest';
import { migratedDatabase } from './migrated-database.testkit.ts';

const PEOPLE = `
  insert into ccw.beneficiaries (bene_id, bene_county_cd, bene_crnt_hic_num, bene_srnm_name, bene_gvn_name,
                                 bene_birth_dt, bene_sex_ident_cd, state_code, bene_zip_cd)
  select id, '001', '', 'N', 'N', '1940-01-01', '1', '01', '00000' from generate_series(1, 50) as id`;
const MONTHS = `
  insert into ccw.beneficiary_monthly (bene_id, year_month, medicare_status_code)
  select id, '2024-01-01', '10' from generate_series(1, 50) as id`;

describe('analyzing', () => {
  it.each([
    [
      'a wide table looks at columns of indexes only',
      'beneficiaries',
      ['bene_crnt_hic_num', 'bene_id', 'hicn_hash_old', 'mbi_hash', 'mbi_hash_old', 'mbi_num'],
    ],
    [
      'a narrow table looks at the others too',
      'beneficiary_monthly',
      expect.arrayContaining(['bene_id', 'medicare_status_code', 'year_month']),
    ],
  ])('%s', async (_, table, columns) => {
    await using db = await migratedDatabase(new AbortController().signal);
    await db.pool.query(`${PEOPLE}; ${MONTHS}; analyze ccw.${table}`);

    const { rows } = await db.pool.query<{ attname: string }>(
      `select attname from pg_stats where schemaname = 'ccw' and tablename = $1 order by 1`,
      [table],
    );

    expect(rows.map(({ attname }) => attname)).toEqual(columns);
  });
});
