import { describe, expect, it } from 'vitest';
import { depths, findCycles } from './dependency-graph.ts';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

describe('circles of dependencies', () => {
  it('are found, each job with its own shortest way round', () => {
    const cycles = findCycles(
      graph({ a: ['b'], b: ['c', 'a'], c: ['a'], d: ['a'], e: ['e'], f: [] }),
    );

    expect(Object.fromEntries(cycles)).toEqual({
      a: ['a', 'b', 'a'],
      b: ['b', 'a', 'b'],
      c: ['c', 'a', 'b', 'c'],
      e: ['e', 'e'],
    });
  });

  it('are none in a diamond, nor over unknown jobs', () => {
    expect(findCycles(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['unknown'] })).size).toBe(0);
  });
});

describe('depths', () => {
  it('are the longest way down', () => {
    expect(
      Object.fromEntries(depths(graph({ a: ['b', 'd'], b: ['c'], c: [], d: ['unknown'] }))),
    ).toEqual({
      a: 2,
      b: 1,
      c: 0,
      d: 0,
    });
  });

  it('are infinite on a circle and behind it', () => {
    expect(Object.fromEntries(depths(graph({ a: ['b'], b: ['a'], c: ['a'], d: [] })))).toEqual({
      a: Number.POSITIVE_INFINITY,
      b: Number.POSITIVE_INFINITY,
      c: Number.POSITIVE_INFINITY,
      d: 0,
    });
  });

  it('agree with the circles, and put each job behind its dependencies, in 2,000 random graphs', () => {
    let state = 1;
    const random = (limit: number) => {
      state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
      return state % limit;
    };
    for (let round = 0; round < 2000; round++) {
      const size = 1 + random(8);
      const edges = new Map<string, string[]>(
        Array.from({ length: size }, (_, job) => {
          const others = Array.from({ length: random(4) }, () => `${random(size + 1)}`);
          return [`${job}`, others] as const;
        }),
      );
      const depth = depths(edges);
      const cycles = findCycles(edges);
      for (const [job, others] of edges) {
        const own = depth.get(job) ?? -1;
        if (cycles.has(job)) expect(own).toBe(Number.POSITIVE_INFINITY);
        for (const other of others.filter((name) => edges.has(name))) {
          if (own !== Number.POSITIVE_INFINITY) expect(depth.get(other)).toBeLessThan(own);
        }
      }
      expect([...depth.values()].includes(Number.POSITIVE_INFINITY)).toBe(cycles.size > 0);
      for (const [job, way] of cycles) {
        expect([way[0], way.at(-1)]).toEqual([job, job]);
        way.slice(1).forEach((next, index) => {
          expect(edges.get(way[index] ?? '')).toContain(next);
        });
      }
    }
  });
});
