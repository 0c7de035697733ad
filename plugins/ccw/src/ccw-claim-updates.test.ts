import { describe, expect, it, vi } from 'vitest';
import { TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText } from './rif/rows.testkit.ts';
import { beneficiary, claim, claims, formerMbis, storedClaims } from './updates.testkit.ts';

// Several loads a test.
vi.setConfig({ testTimeout: 120_000 });

describe('a claim', () => {
  it('that is there already is not touched by an INSERT, nor are its lines', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 2))]);
    await bench.run();
    await bench.send([claims(claim('INSERT', '1', 'new', 4), claim('INSERT', '2', 'new', 1))], {
      sequenceId: 1,
    });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 old old,old', '2 new new']);
  });

  it('is replaced with all of its lines by an UPDATE, or stored if it is not there', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 3))]);
    await bench.run();
    await bench.send([claims(claim('UPDATE', '1', 'new', 2), claim('UPDATE', '2', 'new', 1))], {
      sequenceId: 1,
    });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 new new,new', '2 new new']);
  });

  it.each([
    ['most', 2],
    ['few', 7],
    ['none', 10_000],
  ])('is right among hundreds that are updated, when %s differ', async (_, changeEvery) => {
    const before = Array.from({ length: 500 }, (_, id) => claim('INSERT', String(id), 'old', 3));
    const after = Array.from({ length: 500 }, (_, id) => {
      const isChanged = changeEvery === 2 ? id % 5 !== 0 : id % changeEvery === 1;
      if (!isChanged) return claim('UPDATE', String(id), 'old', 3);
      // Lines that go, come or change.
      return claim('UPDATE', String(id), id % 3 === 0 ? 'new' : 'old', 2 + (id % 3));
    });
    await using bench = await Workbench.make();
    for (const [sequenceId, rows] of [before, after, after].entries()) {
      await bench.send([claims(...rows)], { sequenceId });
      await bench.run();
    }
    await using fresh = await Workbench.make();
    await fresh.send([claims(...after)]);
    await fresh.run();

    expect(await bench.contents()).toEqual(await fresh.contents());
  });

  it('takes its action from its first line', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 1))]);
    await bench.run();
    const [first = [], second = []] = claim('UPDATE', '1', 'new', 2);
    await bench.send([claims([first, second.with(0, 'anything')])], { sequenceId: 1 });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 new new,new']);
  });

  it('that returns in the file ends as if rows were applied one after the other', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const random = new Random(`returning ${seed}`);
      const model = new Map<number, string>();
      const rows: string[][][] = [];
      let previous = -1;
      for (let record = 0; record < 60; record++) {
        const id = (previous + 1 + random.below(7)) % 8; // never the one before, which would be the same record
        previous = id;
        const action = random.pick(['INSERT', 'INSERT', 'UPDATE']);
        const lines = 1 + random.below(3);
        const version = `v${record}`;
        rows.push(claim(action, String(id), version, lines));
        if (action === 'UPDATE' || !model.has(id)) {
          model.set(id, `${id} ${version} ${Array(lines).fill(version).join(',')}`);
        }
      }
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        connections: 1 + (seed % 4),
        chunkBytes: 1_100 + random.below(8_000),
      });
      await bench.send([claims(...rows)]);
      await bench.run();

      expect(await storedClaims(bench)).toEqual(
        [...model].sort(([a], [b]) => a - b).map(([, text]) => text),
      );
    }
  });
});

describe('a record that returns more than 8 MB later', () => {
  it.each([
    ['INSERT', 'INSERT', 'first'],
    ['INSERT', 'UPDATE', 'last'],
    ['UPDATE', 'INSERT', 'first'],
    ['UPDATE', 'UPDATE', 'last'],
  ])('as a claim, %s and then %s, ends as the %s says', async (before, after, wins) => {
    await using bench = await Workbench.make();
    const rows = [claim(before, '1', 'first', 2), ...filler(), claim(after, '1', 'last', 3)];
    const file = claims(...rows);
    expect(String(file.text).length).toBeGreaterThan(8 << 20);
    await bench.send([file]);
    await bench.run();

    const [first] = await storedClaims(bench);
    const lines = wins === 'first' ? 2 : 3;
    expect(first).toBe(`1 ${wins} ${Array(lines).fill(wins).join(',')}`);
    expect(await bench.count('ccw.carrier_claims')).toBe(rows.length - 1);
  });

  it('as a beneficiary, ends as over one connection, with the states in between as history', async () => {
    const people = recordsText('BENEFICIARY', new Random('crowd'), { records: 40, firstId: 1000 });
    const [header = '', ...crowd] = people.trimEnd().split('\n');
    const one = (action: string, mbi: string) => beneficiary(action, { MBI_NUM: mbi }).join('|');
    const rows = [one('INSERT', 'first')];
    const between = 4_400;
    for (const [round, mbi] of ['second', 'third', 'fourth'].entries()) {
      for (let at = 0; at < between; at++) {
        const row = crowd[at % crowd.length] ?? '';
        rows.push(row.replace(/\|10\d\d\|/, `|${10_000 + round * between + at}|`));
      }
      rows.push(one('UPDATE', mbi));
    }
    const text = `${[header, ...rows].join('\n')}\n`;
    expect(text.length).toBeGreaterThan(8 << 20);
    const ends: unknown[] = [];
    for (const connections of [1, 2]) {
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        hashing: 'deferred',
        connections,
      });
      await bench.send([{ name: 'b.csv', type: 'BENEFICIARY', text }]);
      await bench.run();
      const { rows: now } = await bench.db.query(
        'select mbi_num from ccw.beneficiaries where bene_id = 7',
      );
      ends.push([now, await formerMbis(bench), await bench.count('ccw.beneficiary_monthly')]);
    }

    expect(ends[1]).toEqual(ends[0]);
    expect(ends[0]).toEqual([
      [{ mbi_num: 'fourth' }],
      ['first', 'second', 'third'],
      expect.any(Number),
    ]);
  });

  /** Claims of one line each that fill more than a chunk. */
  function filler(): string[][][] {
    const [row = []] = claim('INSERT', '100', 'other', 1);
    const keyAt = fileText('CARRIER', []).trimEnd().split('|').indexOf('CLM_ID');
    const count = Math.ceil((9 << 20) / row.join('|').length);
    return Array.from({ length: count }, (_, at) => [row.with(keyAt, String(100 + at))]);
  }
});
