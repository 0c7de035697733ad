// What the baseline does beyond holding columns.

import { describe, expect, it } from 'vitest';
import { migratedDatabase } from './migrated-database.testkit.ts';

const MONTH = `insert into ccw.beneficiary_monthly (bene_id, year_month, medicare_status_code)
  values (-1, '2024-01-01', '10')`;

describe('beneficiary_monthly', () => {
  it('keeps what a row said before it was changed', async ({ signal }) => {
    await using db = await migratedDatabase(signal);
    await db.pool.query(MONTH);

    await db.pool.query(`update ccw.beneficiary_monthly set medicare_status_code = '20'`);

    const { rows } = await db.pool.query(`
      select bene_id, medicare_status_code, operation, seq_id,
             abs(extract(epoch from (now() at time zone 'UTC') - update_ts)) < 60 as "isRecent"
        from ccw.beneficiary_monthly_audit`);
    expect(rows).toEqual([
      { bene_id: '-1', medicare_status_code: '10', operation: 'U', seq_id: '1', isRecent: true },
    ]);
  });

  it('keeps nothing when a row is written with what it holds', async ({ signal }) => {
    await using db = await migratedDatabase(signal);
    await db.pool.query(MONTH);

    await db.pool.query(`update ccw.beneficiary_monthly set medicare_status_code = '10'`);

    const { rows } = await db.pool.query('select from ccw.beneficiary_monthly_audit');
    expect(rows).toEqual([]);
  });
});

describe('ccw.orphans', () => {
  it('lists rows whose parent is missing, and only those', async ({ signal }) => {
    await using db = await migratedDatabase(signal);
    await db.pool.query(MONTH);
    await db.pool.query(`
      insert into ccw.hospice_claim_lines (clm_id, clm_line_num, rev_cntr, rev_cntr_tot_chrg_amt,
        rev_cntr_rate_amt, rev_cntr_bene_pmt_amt, rev_cntr_pmt_amt_amt, rev_cntr_prvdr_pmt_amt, rev_cntr_unit_cnt)
      values (-5, 1, '', 0, 0, 0, 0, 0, 0)`);

    const { rows } = await db.pool.query('select * from ccw.orphans order by child');

    expect(rows).toEqual([
      { child: 'beneficiary_monthly', parent: 'beneficiaries', parent_id: '-1' },
      { child: 'hospice_claim_lines', parent: 'hospice_claims', parent_id: '-5' },
    ]);
  });

  it('reads only the tables and the range it is asked about', async ({ signal }) => {
    await using db = await migratedDatabase(signal);

    const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(
      `explain select from ccw.orphans where child = 'snf_claim_lines' and parent_id between -9 and -1`,
    );

    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/Seq Scan on (?!snf_)|carrier|beneficiaries/);
  });
});
