import { describe, expect, it } from 'vitest';
import { countOf, PEPPER, rdaDatabase } from '../testing/harness.testkit.ts';
import { contextOn } from '../testing/run-context.testkit.ts';
import { hashMbi, MbiCache } from './mbi-cache.ts';

describe('the hash of an MBI', () => {
  // Vectors of the original's tests.
  it.each([
    [
      '12345678901',
      'nottherealpepper',
      10,
      '3cf7b310f8fd6e7b275ddbdc6c3cd5b4eec0ea10bc9a504d471b086bd5d9b888',
    ],
    [
      '54678912456',
      'nottherealpepper',
      10,
      '717ac79ed263a61100f92f7ca67df9249501d52ee4d1af49ea43b457fcabf0d1',
    ],
    [
      'c1ihk7q0g3i',
      'pepper-pepper-pepper',
      5,
      'c3b21bb6fef6e8af99a175e53b20893048dc2cd9f566a4930d8c1e6f8a30822d',
    ],
    [
      '0vtc7u321x0',
      'pepper-pepper-pepper',
      5,
      'b30cb27025eceae66fcedf88c3c2a8631381f1ffc26fcc9d46271038dae58721',
    ],
    [
      '3456789',
      'nottherealpepper',
      1000,
      'ec49dc08f8dd8b4e189f623ab666cfc8b81f201cc94fe6aef860a4c3bd57f278',
    ],
  ])('of %s with %s and %d iterations is known', async (mbi, pepper, iterations, hash) => {
    const settings = { pepper: Buffer.from(pepper).toString('hex'), iterations };

    expect(await hashMbi(mbi, settings)).toBe(hash);
  });
});

describe('the cache of MBIs', () => {
  const settings = { pepper: PEPPER, iterations: 2, hashCacheSize: 3 };

  it('gives each MBI one row, whoever asks for it at the same time', async ({ signal }) => {
    await using db = await rdaDatabase();
    const caches = Array.from(
      { length: 4 },
      () => new MbiCache(db.pool, contextOn(db.pool, signal), settings),
    );
    const mbis = ['A', 'B', 'C', 'D', 'E'];

    const ids = await Promise.all(
      caches.map((cache, at) => cache.idsOf([...mbis.slice(at), ...mbis.slice(0, at)])),
    );

    expect(await countOf(db.pool, 'rda.mbi_cache')).toBe(5);
    expect(new Set(ids.map((all) => mbis.map((mbi) => all.get(mbi)).join())).size).toBe(1);
  });

  it('keeps the row of an MBI that was hashed with another pepper', async ({ signal }) => {
    await using db = await rdaDatabase();
    await db.pool.query(
      `insert into rda.mbi_cache (mbi, hash) values ('A', 'former'), ('A', 'later')`,
    );

    const ids = await new MbiCache(db.pool, contextOn(db.pool, signal), settings).idsOf(['A']);

    expect([...ids]).toEqual([['A', '1']]);
    expect(await countOf(db.pool, 'rda.mbi_cache')).toBe(2);
  });

  it('asks the database only for what it has forgotten', async ({ signal }) => {
    await using db = await rdaDatabase();
    const cache = new MbiCache(db.pool, contextOn(db.pool, signal), settings);
    const first = await cache.idsOf(['A', 'B', 'C', 'D']); // one more than it keeps
    await db.pool.query('delete from rda.mbi_cache');

    expect(await cache.idsOf(['B', 'D'])).toEqual(
      new Map([...first].filter(([mbi]) => 'BD'.includes(mbi))),
    );
    expect((await cache.idsOf(['A'])).get('A')).not.toBe(first.get('A'));
  });
});
