// The trigger that keeps a former hash from outliving its identifier.

import { describe, expect, it } from 'vitest';
import { migratedDatabase } from './migrated-database.testkit.ts';

const HISTORY_ROW = `
  insert into ccw.beneficiaries_history (bene_history_id, bene_id, hicn_unhashed, mbi_num, bene_crnt_hic_num, mbi_hash,
                                         hicn_hash_old, mbi_hash_old, bene_birth_dt, bene_sex_ident_cd)
  values (1, -1, 'H', 'M', 'h2', 'm2', 'h1', 'm1', '1940-01-01', '1')`;
const OLD_HASHES = 'select hicn_hash_old, mbi_hash_old from ccw.beneficiaries_history';

describe('a former hash', () => {
  it.each([
    ['goes when its MBI is replaced', `mbi_num = 'N', mbi_hash = null`, ['h1', null]],
    ['goes when its HICN is taken away', 'hicn_unhashed = null', [null, 'm1']],
    [
      'stays when identifiers are written as they were',
      `mbi_num = 'M', hicn_unhashed = 'H'`,
      ['h1', 'm1'],
    ],
    ['stays when other columns change', `bene_sex_ident_cd = '2', mbi_hash = 'm3'`, ['h1', 'm1']],
  ])('%s', async (_, assignments, expected) => {
    await using db = await migratedDatabase(new AbortController().signal);
    await db.pool.query(HISTORY_ROW);

    await db.pool.query(`update ccw.beneficiaries_history set ${assignments}`);

    const { rows } = await db.pool.query({ text: OLD_HASHES, rowMode: 'array' });
    expect(rows).toEqual([expected]);
  });
});
