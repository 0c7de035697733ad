// Fix-up and load at the same time, on the same rows.

import { describe, expect, it } from 'vitest';
import { fileText, Random, rowFields } from '../rif/rows.testkit.ts';
import { FIRST, FixupBench, SECOND } from './fixup.testkit.ts';

const PEOPLE = 600;

function beneficiaries(action: string, mbi: (id: number) => string) {
  const rows = Array.from({ length: PEOPLE }, (_, index) => {
    const id = index - PEOPLE / 2;
    return rowFields('BENEFICIARY', new Random('beside'), {
      action,
      values: { BENE_ID: String(id), BENE_CRNT_HIC_NUM: `H${id}`, MBI_NUM: mbi(id) },
    });
  });
  const text = fileText('BENEFICIARY', rows);
  return { name: 'beneficiary.csv', type: 'BENEFICIARY', text } as const;
}

/** Loads people, then runs both: the fix-up, and a load that replaces every other person's MBI. */
async function loadBeside(bench: FixupBench, hashing: object): Promise<void> {
  const { load } = bench;
  load.restart({ hashing: 'deferred', chunkBytes: 40_000 });
  await load.send([beneficiaries('INSERT', (id) => `M${id}`)]);
  await load.run();
  load.restart({ chunkBytes: 40_000, ...hashing });
  await load.send([beneficiaries('UPDATE', (id) => (id % 2 === 0 ? `M${id}` : `N${id}`))], {
    sequenceId: 1,
  });
  await Promise.all([load.run(), bench.run()]);
}

describe('beside a load', () => {
  it.each([
    ['with deferred hashes', { hashing: 'deferred' }],
    ['with hashes of its own', { hashing: 'inline', ...FIRST }],
  ])('%s all hashes become right, in both tables', async (_, hashing) => {
    await using bench = await FixupBench.make({ ...FIRST, sliceRows: 20 });

    await loadBeside(bench, hashing);
    await bench.run();

    expect(await bench.wrong()).toEqual([]);
    const history = bench.of('ccw.beneficiaries_history');
    await history.run();
    expect(await history.wrong()).toEqual([]);
    expect(await history.people()).toHaveLength(PEOPLE / 2);
  });

  it('that already uses the new pepper, a rotation makes all hashes right', async () => {
    await using bench = await FixupBench.make({ ...SECOND, rotateFrom: FIRST, sliceRows: 20 });

    await loadBeside(bench, { hashing: 'inline', ...SECOND });
    await bench.run();

    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
    const history = bench.of('ccw.beneficiaries_history');
    await history.run();
    expect(await history.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('a load does not wait while a slice is being hashed', async () => {
    await using bench = await FixupBench.make({ ...FIRST, iterations: 40_000 });
    await bench.addMany(100);
    const running = bench.run();
    await expect.poll(() => bench.progress.length, { timeout: 20_000 }).toBeGreaterThan(0);

    await bench.db.query(`begin; set local lock_timeout = '300ms'; ${UPDATE_ALL}; commit`);

    expect(bench.progress).toEqual([{ done: 0, total: 100, unit: 'rows' }]);
    await running;
    expect((await bench.people()).every(({ mbi_hash }) => mbi_hash !== null)).toBe(true);
  });
});

const UPDATE_ALL = 'update ccw.beneficiaries set age = 80';
