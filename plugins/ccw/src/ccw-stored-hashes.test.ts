import { describe, expect, it, vi } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, rowFields } from './rif/rows.testkit.ts';
import { beneficiaries, beneficiary, formerMbis } from './updates.testkit.ts';

// Several loads a test.
vi.setConfig({ testTimeout: 120_000 });

describe('hashes', () => {
  const HASHES = 'select bene_crnt_hic_num as hicn, mbi_hash as mbi from ccw.beneficiaries';
  const HICN = '123456789A';
  const kept = 'abcd'.repeat(16);

  it('are left to others when hashing is deferred, and rows without are found by their index', async () => {
    await using bench = await Workbench.make({ hashing: 'deferred' });
    await bench.send([beneficiaries(beneficiary('INSERT')), historyOf(HICN)]);
    await bench.run();

    expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: '', mbi: null }]);
    const { rows } = await bench.db.query(
      'select bene_crnt_hic_num as hicn, hicn_unhashed from ccw.beneficiaries_history',
    );
    expect(rows).toEqual([{ hicn: '', hicn_unhashed: HICN }]);
  });

  it('stay as they are when an update brings the same identifiers, and go when it brings others', async () => {
    for (const hashing of [{ hashing: 'deferred' } as const, TEST_HASHING]) {
      await using bench = await Workbench.make(hashing);
      await bench.send([beneficiaries(beneficiary('INSERT'))]);
      await bench.run();
      await bench.db.query(
        `update ccw.beneficiaries set bene_crnt_hic_num = '${kept}', mbi_hash = '${kept}'`,
      );
      await bench.send([beneficiaries(beneficiary('UPDATE', { STATE_CODE: 'ZZ' }))], {
        sequenceId: 1,
      });
      await bench.run();
      expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: kept, mbi: kept }]);

      await bench.send([beneficiaries(beneficiary('UPDATE', { MBI_NUM: 'SSSS' }))], {
        sequenceId: 2,
      });
      await bench.run();
      const mbi =
        hashing.hashing === 'deferred'
          ? null
          : '401441595efcc68bc5b26f4e88bd9fa550004e068d69ff75761ab946ec553a02';
      expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: kept, mbi }]);
      expect(await formerMbis(bench)).toEqual(['3456789']);
    }
  });

  it('that are missing are added by an update when hashing is inline', async () => {
    await using bench = await Workbench.make({ hashing: 'deferred' });
    await bench.send([beneficiaries(beneficiary('INSERT'))]);
    await bench.run();
    bench.restart(TEST_HASHING);
    await bench.send([beneficiaries(beneficiary('UPDATE'))], { sequenceId: 1 });
    await bench.run();

    expect((await bench.db.query(HASHES)).rows).toEqual([
      {
        hicn: expect.stringMatching(/^[0-9a-f]{64}$/),
        mbi: '82273caf4d2c3b5a8340190ae3575950957ce469e593efd7736d60c3b39d253c',
      },
    ]);
    expect(await bench.count('ccw.beneficiaries_history')).toBe(0);
  });

  it('are those of the characters as received, also beyond ASCII', async () => {
    await using bench = await Workbench.make();
    await bench.send([
      beneficiaries(
        beneficiary('INSERT', { MBI_NUM: ' äß' }),
        beneficiary('INSERT', { BENE_ID: '8', MBI_NUM: '' }),
      ),
    ]);
    await bench.run();

    const { rows } = await bench.db.query(`${HASHES} order by bene_id`);
    const { pbkdf2Sync } = await import('node:crypto');
    const expected = pbkdf2Sync(' äß', 'nottherealpepper', 2, 32, 'sha256').toString('hex');
    expect(rows.map((row) => row.mbi)).toEqual([expected, null]);
  });

  function historyOf(hicn: string): DataFile {
    const row = rowFields('BENEFICIARY_HISTORY', new Random('h'), {
      values: { BENE_ID: '7', BENE_CRNT_HIC_NUM: hicn },
    });
    return {
      name: 'h.csv',
      type: 'BENEFICIARY_HISTORY',
      text: fileText('BENEFICIARY_HISTORY', [row]),
    };
  }
});
