// Missing hashes: which rows get them, and that nothing gets in the way of anybody.

import { describe, expect, it } from 'vitest';
import { FIRST, FixupBench, hashOf, SECOND } from './fixup.testkit.ts';
import { fixupStatements } from './fixup-statements.sql.ts';

const SMALL_SLICES = { ...FIRST, sliceRows: 10 };

describe.each(['ccw.beneficiaries', 'ccw.beneficiaries_history'] as const)(
  'missing hashes of %s',
  (table) => {
    it('are made for every id from the lowest to the highest, negative ones too', async () => {
      await using bench = await FixupBench.make(SMALL_SLICES, table);
      await bench.addMany(61);
      await bench.add([{ id: '-9223372036854775808' }, { id: '9223372036854775806' }]);

      expect(await bench.run()).toMatchObject({
        kind: 'work-done',
        counts: { rows: 63, hashes: 126 },
      });

      expect(await bench.wrong()).toEqual([]);
      expect((await bench.people()).every(({ isUpdated }) => isUpdated)).toBe(true);
    });

    it('are found through the index, not by scanning', async () => {
      await using bench = await FixupBench.make(FIRST, table);
      await bench.add(
        Array.from({ length: 3_000 }, (_, id) => ({
          id: String(id),
          hicnHash: 'h',
          mbiHash: 'm',
        })),
      );
      await bench.add([{ id: '-7' }]);
      await bench.db.query(`analyze ${table}`);
      const { hasMissing, findMissing, countMissing } = fixupStatements(table);
      const find = findMissing.replace('$1', "'-100'").replace('$2', '500');

      for (const statement of [hasMissing, find, countMissing]) {
        const { rows } = await bench.db.query<{ 'QUERY PLAN': string }>(`explain ${statement}`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('_unhashed_idx');
        expect(plan).not.toContain('Seq Scan');
      }
    });
  },
);

describe('a fix-up', () => {
  it('makes only what is missing, and only where there is an identifier', async () => {
    await using bench = await FixupBench.make();
    const kept = hashOf('kept');
    await bench.add([
      { id: '1', hicnHash: kept },
      { id: '2', mbiHash: kept },
      { id: '3', mbi: null },
      { id: '4', hicn: null },
      { id: '5', hicn: '', mbi: '' },
      { id: '6', hicn: 'kept', hicnHash: kept, mbi: 'kept', mbiHash: kept },
    ]);

    expect(await bench.run()).toMatchObject({ counts: { rows: 4, hashes: 4 } });

    const people = await bench.people();
    expect(people.map(({ hicn_hash, mbi_hash }) => [hicn_hash, mbi_hash])).toEqual([
      [kept, hashOf('M1')],
      [hashOf('H2'), kept],
      [hashOf('H3'), null],
      ['', hashOf('M4')],
      ['', null],
      [kept, kept],
    ]);
    expect(people.map(({ isUpdated }) => isUpdated)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    bench.restart();
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(bench.workStarted).toBe(false);
  });

  it('hashes an identifier that several rows of a slice share once', async () => {
    await using bench = await FixupBench.make(FIRST, 'ccw.beneficiaries_history');
    await bench.add(
      Array.from({ length: 8 }, (_, id) => ({ id: String(id), hicn: 'same', mbi: `M${id % 2}` })),
    );

    expect(await bench.run()).toMatchObject({ counts: { rows: 8, hashes: 3 } });
    expect(await bench.wrong()).toEqual([]);
  });

  it('tells how far it is', async () => {
    await using bench = await FixupBench.make(SMALL_SLICES);
    await bench.addMany(35);
    await bench.run();

    expect(bench.progress[0]).toEqual({ done: 0, total: 35, unit: 'rows' });
    expect(bench.progress.at(-1)).toEqual({ done: 35, total: 35, unit: 'rows' });
    expect(bench.progress.map(({ done }) => done)).toEqual(
      bench.progress.map(({ done }) => done).toSorted((a, b) => a - b),
    );
  });

  it('ends when its time is up, and the next run goes on', async () => {
    const iterations = 60_000;
    await using bench = await FixupBench.make({
      ...FIRST,
      iterations,
      runSeconds: 1,
      sliceRows: 5,
    });
    await bench.addMany(400);

    const first = await bench.run();
    const left = first.kind === 'work-done' ? (first.counts['left'] ?? 0) : 0;
    expect(left).toBeGreaterThan(0);
    const second = await bench.run();

    expect(second).toMatchObject({ kind: 'work-done' });
    const done = (await bench.people()).filter(({ mbi_hash }) => mbi_hash !== null).length;
    expect(done).toBeGreaterThan(400 - left);
  });
});

describe('while others write', () => {
  it('rows that are locked are left for later, the others done, and nobody waits', async () => {
    await using bench = await FixupBench.make(SMALL_SLICES);
    await bench.addMany(40);
    const other = await bench.db.connect();
    try {
      await other.query('begin');
      await other.query(`update ccw.beneficiaries set age = 1 where bene_id = any('{-3,5}')`);

      expect(await bench.run()).toMatchObject({ counts: { rows: 38, skipped: 2 } });
      expect(await bench.run()).toMatchObject({ counts: { skipped: 2 } });

      await other.query('commit');
    } finally {
      other.release();
    }
    expect(await bench.wrong()).toEqual(['-3', '5']);
    expect(await bench.run()).toMatchObject({ counts: { rows: 2 } });
    expect(await bench.wrong()).toEqual([]);
  });

  it('a hash is not written to a row whose identifier was replaced meanwhile', async () => {
    await using bench = await FixupBench.make(FIRST);
    await bench.addMany(3);
    const { findMissing } = fixupStatements(bench.table);
    let reads = 0;
    bench.afterReading = async (statement) => {
      if (statement !== findMissing || ++reads > 1) return;
      await bench.db.query(`update ccw.beneficiaries set mbi_num = 'NEW' where bene_id = 0`);
    };

    expect(await bench.run()).toMatchObject({ counts: { rows: 3 } });

    expect(await bench.wrong()).toEqual([]);
    const { rows } = await bench.db.query(
      'select mbi_hash from ccw.beneficiaries where bene_id = 0',
    );
    expect(rows).toEqual([{ mbi_hash: hashOf('NEW') }]);
  });
});

describe('a run that is interrupted', () => {
  it('ends within a second of the abort signal', async () => {
    await using bench = await FixupBench.make({ ...FIRST, iterations: 20_000, sliceRows: 500 });
    await bench.addMany(2_000);
    const controller = new AbortController();
    const running = bench.run(controller.signal).catch((error: unknown) => error);
    await expect.poll(() => bench.progress.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const abortedAt = performance.now();
    controller.abort(new Error('stop'));

    expect(await running).toMatchObject({ message: 'stop' });
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
  });

  it('keeps the slices that were written, does none of them again and has the same end', async () => {
    await using bench = await FixupBench.make(SMALL_SLICES);
    await bench.addMany(100);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits > 4) throw new Error('killed');
    };
    await expect(bench.run()).rejects.toThrow('killed');
    bench.beforeCommit = async () => undefined;
    const before = (await bench.people()).filter(({ mbi_hash }) => mbi_hash !== null);
    expect(before).toHaveLength(40);
    await bench.db.query(
      `update ccw.beneficiaries set last_updated = '2001-01-01' where mbi_hash is not null`,
    );
    bench.restart();

    expect(await bench.run()).toMatchObject({ counts: { rows: 60 } });

    expect(await bench.wrong()).toEqual([]);
    const again = (await bench.people()).filter(({ isUpdated }) => isUpdated).map(({ id }) => id);
    expect(again.filter((id) => before.some((person) => person.id === id))).toEqual([]);
  });
});

describe('the pepper', () => {
  it('is only asked for when there is something to hash', async () => {
    await using bench = await FixupBench.make({});
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });

    await bench.addMany(1);
    await expect(bench.run()).rejects.toMatchObject({ code: 'BFD_HASH_PEPPER', isPermanent: true });
  });

  it('"development" makes hashes in the embedded database', async () => {
    await using bench = await FixupBench.make({ pepper: 'development', iterations: 2 });
    await bench.addMany(2);
    await bench.run();

    const pepper = Buffer.from('known to everybody').toString('hex');
    expect(await bench.wrong({ pepper, iterations: 2 })).toEqual([]);
  });

  it('that did not make the stored hashes is refused, before anything is written', async () => {
    await using bench = await FixupBench.make(SECOND);
    await bench.add([{ id: '1', hicnHash: hashOf('H1'), mbiHash: hashOf('M1') }, { id: '2' }]);

    await expect(bench.run()).rejects.toMatchObject({ code: 'BFD_HASH_SETTINGS' });
    expect(await bench.checkpoint('hash-settings')).toBeUndefined();
    expect((await bench.people())[1]).toMatchObject({ hicn_hash: '', mbi_hash: null });
  });
});
