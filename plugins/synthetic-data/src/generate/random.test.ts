import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

function first(count: number, seed: number, person: number): number[] {
  const random = new Random();
  random.start(seed, person, 'person');
  return Array.from({ length: count }, () => random.next());
}

describe('a random stream', () => {
  it('gives the same numbers each time it is started', () => {
    expect(first(100, 7, 3)).toEqual(first(100, 7, 3));
  });

  it('gives these numbers on every machine', () => {
    expect(first(4, 1, 0)).toMatchInlineSnapshot(`
      [
        259570588,
        1336516495,
        2056737244,
        4142515768,
      ]
    `);
  });

  it('differs for another seed, also one that differs above 32 bits', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER];

    const starts = seeds.map((seed) => first(2, seed, 0).join());

    expect(new Set(starts).size).toBe(seeds.length);
  });

  it('differs for another place and revision', () => {
    const random = new Random();
    const starts = new Set<string>();
    for (let place = 0; place < 100; place++) {
      for (let revision = 0; revision < 20; revision++) {
        random.start(1, 0, 'CARRIER', place, revision);
        starts.add(`${random.next()} ${random.next()}`);
      }
    }

    expect(starts.size).toBe(2000);
  });

  it('starts elsewhere for each of 100,000 persons', () => {
    const random = new Random();
    const starts = new Set<string>();
    for (let person = 0; person < 100_000; person++) {
      random.start(1, person, 'person');
      starts.add(`${random.next()} ${random.next()}`);
    }

    expect(starts.size).toBe(100_000);
  });

  it('spreads its numbers evenly, within a stream and over the first numbers of streams', () => {
    const within = new Random();
    within.start(5, 0, 'CARRIER');
    const over = new Random();
    const tallies = [new Array<number>(10).fill(0), new Array<number>(10).fill(0)] as const;
    for (let person = 0; person < 100_000; person++) {
      over.start(5, person, 'CARRIER');
      const [a, b] = [within.below(10), over.below(10)];
      tallies[0][a] = (tallies[0][a] ?? 0) + 1;
      tallies[1][b] = (tallies[1][b] ?? 0) + 1;
    }

    // Chi-square with nine degrees of freedom: above 33.7 in one of 10,000 cases, and the seed is fixed.
    for (const tally of tallies) {
      const chiSquare = tally.reduce((sum, seen) => sum + (seen - 10_000) ** 2 / 10_000, 0);
      expect(chiSquare).toBeLessThan(33.7);
    }
  });

  it('stays within the limits asked for', () => {
    const random = new Random();
    random.start(1, 1, 'person');
    const seen = new Set<number>();
    for (let draw = 0; draw < 1000; draw++) seen.add(random.between(3, 5));

    expect([...seen].sort()).toEqual([3, 4, 5]);
  });
});
