// Another pepper or other iterations: all hashes are made anew, and the former ones kept while both are in use.

import { describe, expect, it } from 'vitest';
import { FIRST, FixupBench, hashOf, SECOND } from './fixup.testkit.ts';
import { fixupStatements } from './fixup-statements.sql.ts';

const ROTATE = { ...SECOND, rotateFrom: FIRST };
const SMALL_SLICES = { ...ROTATE, sliceRows: 10 };

/** A table whose hashes a fix-up has made with the first settings. */
async function hashedBench(config: unknown, people = 45): Promise<FixupBench> {
  const bench = await FixupBench.make(FIRST);
  await bench.addMany(people);
  await bench.run();
  await bench.db.query(`update ${bench.table} set last_updated = '2001-01-01'`);
  bench.restart(config);
  return bench;
}

describe('a rotation', () => {
  it('makes every hash anew, keeps the former ones, and is done once', async () => {
    await using bench = await hashedBench(SMALL_SLICES);

    expect(await bench.run()).toMatchObject({ counts: { rotated: 45, hashes: 90 } });

    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
    expect((await bench.people()).every(({ isUpdated }) => isUpdated)).toBe(true);
    expect(bench.progress.at(-1)).toEqual({ done: 45, total: 45, unit: 'rows' });
    expect(bench.log.join()).toContain('all hashes are rotated');
    bench.restart();
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(bench.workStarted).toBe(false);
  });

  it('may be of the iterations alone', async () => {
    const second = { ...FIRST, iterations: 5 };
    await using bench = await hashedBench({ ...second, rotateFrom: FIRST });
    await bench.run();

    expect(await bench.wrong(second, FIRST)).toEqual([]);
  });

  it('of a table whose hashes were all made by the load begins when they prove what they were made with', async () => {
    await using bench = await FixupBench.make({
      ...SECOND,
      rotateFrom: { ...FIRST, iterations: 9 },
    });
    await bench.add([{ id: '-4', hicnHash: hashOf('H-4'), mbiHash: hashOf('M-4') }]);
    await expect(bench.run()).rejects.toMatchObject({ code: 'BFD_HASH_ROTATE_FROM' });

    bench.restart(ROTATE);
    expect(await bench.run()).toMatchObject({ counts: { rotated: 1 } });
    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('makes missing hashes first, both of them', async () => {
    await using bench = await hashedBench(SMALL_SLICES, 20);
    await bench.add([{ id: '1000' }, { id: '1001', mbi: null }]);

    expect(await bench.run()).toMatchObject({ counts: { rows: 2, rotated: 20, hashes: 46 } });
    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('that is killed goes on where it was, and no row is rotated twice', async () => {
    await using bench = await hashedBench(SMALL_SLICES, 100);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits > 4) throw new Error('killed');
    };
    await expect(bench.run()).rejects.toThrow('killed');
    bench.beforeCommit = async () => undefined;
    expect(await bench.checkpoint('cursor')).toMatchObject({ total: 100 });
    bench.restart();

    expect(await bench.run()).toMatchObject({ counts: { rotated: 60, hashes: 120 } });
    // A second time would have made a former hash of a new one.
    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('finds rows that came behind it, whoever hashed them and with what', async () => {
    await using bench = await hashedBench(SMALL_SLICES, 60);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits !== 4) return;
      bench.beforeCommit = async () => undefined;
      await bench.add([
        { id: '-900', hicnHash: hashOf('H-900'), mbiHash: hashOf('M-900') },
        { id: '-901', hicnHash: hashOf('H-901', SECOND), mbiHash: hashOf('M-901', SECOND) },
      ]);
    };
    await bench.run();

    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('leaves hashes whose identifiers are not stored, and says so', async () => {
    await using bench = await hashedBench(ROTATE, 3);
    await bench.add([{ id: '77', hicn: null, hicnHash: 'unknown', mbi: null }]);
    await bench.run();

    expect((await bench.people()).at(-1)).toMatchObject({ hicn_hash: 'unknown', mbi_hash: null });
    expect(bench.log.join()).toMatch(
      /identifiers are not stored keep the former settings .*"rows":1/,
    );
  });
});

describe('while both are in use', () => {
  it('new rows get both, and a replaced identifier loses its former hash', async () => {
    await using bench = await hashedBench(ROTATE, 5);
    await bench.run();
    await bench.add([{ id: '500' }]);
    await bench.add([
      { id: '501', hicnHash: hashOf('H501', SECOND), mbiHash: hashOf('M501', SECOND) },
    ]);
    await bench.db.query(
      `update ccw.beneficiaries set mbi_num = 'NEW', mbi_hash = '${hashOf('NEW', SECOND)}' where bene_id = 1`,
    );
    const former = (await bench.people()).find(({ id }) => id === '1');
    expect(former).toMatchObject({ hicn_hash_old: hashOf('H1'), mbi_hash_old: null });
    bench.restart();

    expect(await bench.run()).toMatchObject({ counts: { rows: 1, rotated: 2 } });
    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);
  });

  it('the table is looked through only after somebody has written to it', async () => {
    await using bench = await hashedBench(ROTATE, 5);
    await bench.run();
    const { findUnrotated } = fixupStatements(bench.table);
    const isLookedThrough = async () => {
      let isLooked = false;
      bench.afterReading = async (statement) => {
        if (statement === findUnrotated) isLooked = true;
      };
      await bench.run();
      return isLooked;
    };
    // PostgreSQL counts what a session has written up to a second later.
    await expect.poll(isLookedThrough, { timeout: 20_000 }).toBe(false);

    await bench.db.query('update ccw.beneficiaries set age = 70 where bene_id = 1');

    await expect.poll(isLookedThrough, { timeout: 20_000 }).toBe(true);
    await expect.poll(isLookedThrough, { timeout: 20_000 }).toBe(false);
  });
});

describe('the end of a rotation', () => {
  it('is asked for by taking "rotateFrom" away: the former hashes go', async () => {
    await using bench = await hashedBench(ROTATE);
    await bench.run();
    await bench.db.query(`update ccw.beneficiaries set last_updated = '2001-01-01'`);
    bench.restart({ ...SECOND, sliceRows: 10 });

    expect(await bench.run()).toMatchObject({ counts: { forgotten: 45 } });

    expect(await bench.wrong(SECOND)).toEqual([]);
    expect((await bench.people()).some(({ isUpdated }) => isUpdated)).toBe(false);
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
  });

  it('is refused before all hashes are rotated', async () => {
    await using bench = await hashedBench(SMALL_SLICES);
    bench.beforeCommit = async () => {
      throw new Error('killed');
    };
    await expect(bench.run()).rejects.toThrow('killed');
    bench.beforeCommit = async () => undefined;
    const third = { ...FIRST, iterations: 7 };
    for (const config of [SECOND, FIRST, third, { ...third, rotateFrom: SECOND }]) {
      bench.restart(config);
      await expect(bench.run()).rejects.toMatchObject({ code: 'BFD_HASH_ROTATION_UNFINISHED' });
    }
    expect(await bench.wrong(FIRST)).toEqual([]);
  });

  it('can be taken back, and be followed by another rotation', async () => {
    await using bench = await hashedBench(ROTATE);
    await bench.run();
    bench.restart(SECOND);
    await bench.run();
    bench.restart(ROTATE);
    await bench.run();
    expect(await bench.wrong(SECOND, FIRST)).toEqual([]);

    bench.restart(SECOND);
    await bench.run();
    const third = { ...FIRST, iterations: 7 };
    bench.restart({ ...third, rotateFrom: SECOND });
    await bench.run();
    expect(await bench.wrong(third, SECOND)).toEqual([]);
  });
});

describe('a change by accident', () => {
  it.each([
    ['of the pepper', { ...SECOND, iterations: 2 }, 'BFD_HASH_SETTINGS'],
    ['of the iterations', { ...FIRST, iterations: 4 }, 'BFD_HASH_SETTINGS'],
    ['of both ways round', { ...FIRST, rotateFrom: SECOND }, 'BFD_HASH_ROTATE_FROM'],
    [
      'with something else under rotateFrom',
      { ...SECOND, rotateFrom: { ...FIRST, iterations: 4 } },
      'BFD_HASH_ROTATE_FROM',
    ],
  ])('%s is an error, and changes nothing', async (_, config, code) => {
    await using bench = await hashedBench(config, 3);
    await bench.add([{ id: '99' }]);

    await expect(bench.run()).rejects.toMatchObject({ code, isPermanent: true });

    expect(await bench.wrong(FIRST)).toEqual(['99']);
    bench.restart(FIRST);
    expect(await bench.run()).toMatchObject({ counts: { rows: 1 } });
  });

  it('does not matter while there are no hashes', async () => {
    await using bench = await hashedBench(SECOND, 3);
    await bench.db.query('delete from ccw.beneficiaries');
    await bench.add([{ id: '1' }]);

    await bench.run();
    expect(await bench.wrong(SECOND)).toEqual([]);
  });
});

it('what is remembered of the settings holds no pepper', async () => {
  await using bench = await hashedBench(ROTATE, 3);
  await bench.run();

  const remembered = JSON.stringify(await bench.checkpoint('hash-settings'));
  for (const { pepper } of [FIRST, SECOND]) {
    expect(remembered).not.toContain(pepper);
    expect(remembered).not.toContain(Buffer.from(pepper, 'hex').toString('base64'));
  }
  expect(remembered).toContain('"state":"complete"');
});
