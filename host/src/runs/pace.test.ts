import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const SECOND = 1000;

describe('the pace of a run', () => {
  it('is known from the second report on', () => {
    const pace = new Pace();

    expect(pace.of({ done: 0, total: 100, unit: 'bytes', rows: 0 }, 0)).toEqual({
      done: 0,
      total: 100,
      unit: 'bytes',
      rows: 0,
    });
    expect(pace.of({ done: 20, total: 100, unit: 'bytes', rows: 4 }, 2 * SECOND)).toMatchObject({
      perSecond: 10,
      rowsPerSecond: 2,
      secondsLeft: 8,
    });
  });

  it('is that of the last ten seconds', () => {
    const pace = new Pace();
    for (let second = 0; second <= 60; second++) {
      pace.of({ done: second, total: 1000, unit: 'rows' }, second * SECOND);
    }

    const fast = pace.of({ done: 560, total: 1000, unit: 'rows' }, 61 * SECOND);

    expect(fast.perSecond).toBeGreaterThan(40);
    expect(fast.secondsLeft).toBeLessThan(11);
  });

  it('says nothing of the time that is left while nothing gets on, or nobody knows how much there is', () => {
    const pace = new Pace();
    pace.of({ done: 5, total: 10, unit: 'rows' }, 0);
    expect(pace.of({ done: 5, total: 10, unit: 'rows' }, SECOND)).not.toHaveProperty('secondsLeft');

    const endless = new Pace();
    endless.of({ done: 5, unit: 'rows' }, 0);
    expect(endless.of({ done: 7, unit: 'rows' }, SECOND)).toEqual({
      done: 7,
      unit: 'rows',
      perSecond: 2,
    });
  });

  it('is told for each part by itself, also when parts take turns', () => {
    const pace = new Pace();
    const tell = (label: string, done: number, now: number) =>
      pace.of({ done, total: 200, unit: 'bytes', label, part: { done, total: 100 } }, now);
    tell('a', 0, 0);
    tell('b', 0, SECOND);
    tell('a', 50, 5 * SECOND);

    expect(tell('b', 90, 10 * SECOND).part).toMatchObject({ perSecond: 10, secondsLeft: 1 });
    expect(tell('a', 60, 10 * SECOND).part).toMatchObject({ perSecond: 6 });
  });
});
