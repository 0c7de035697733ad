import { describe, expect, it } from 'vitest';
import { planAhead } from './plan-ahead.ts';

function job(name: string, cron: string, timezone = 'UTC') {
  const schedule = { cron, timezone, jitterMs: 0, missed: 'latest' } as const;
  return { name, state: { kind: 'ready' }, schedule } as const;
}

const FROM = new Date('2026-10-31T12:00:00Z');
const UNTIL = new Date('2026-11-02T12:00:00Z');

describe('a plan of the next days', () => {
  it('counts the fires of enabled jobs and names the first three', () => {
    const off = {
      ...job('off', '* * * * *'),
      state: { kind: 'disabled', because: 'file' },
    } as const;
    const { jobs } = planAhead([job('daily', '0 4 * * *'), off], FROM, UNTIL);

    expect(jobs).toMatchObject([
      {
        job: 'daily',
        fires: 2,
        neverFires: false,
        next: [new Date('2026-11-01T04:00:00Z'), new Date('2026-11-02T04:00:00Z')],
      },
    ]);
    expect(jobs[0]?.clockChanges).toEqual([]);
  });

  it('tells how often an interval comes again when the clock is put back', () => {
    const { jobs } = planAhead([job('often', '*/30 * * * * *', 'America/New_York')], FROM, UNTIL);

    expect(jobs[0]).toMatchObject({
      fires: 2 * 24 * 120,
      clockChanges: [{ kind: 'second-pass', first: new Date('2026-11-01T06:00:00Z'), fires: 120 }],
    });
  });

  it('tells of a schedule that never fires', () => {
    expect(planAhead([job('odd', '0 0 8 * MON#1')], FROM, UNTIL).jobs).toMatchObject([
      { neverFires: true, fires: 0, next: [] },
    ]);
  });

  it('tells which jobs fire at the same moment, how often and when first', () => {
    const jobs = [
      job('a', '0 4 * * *'),
      job('b', '0 */4 * * *'),
      job('c', '0 23 * * *', 'America/New_York'),
      job('every-second', '* * * * * *'),
    ];

    expect(planAhead(jobs, FROM, UNTIL).collisions).toEqual([
      { jobs: ['a', 'b'], times: 1, first: new Date('2026-11-01T04:00:00Z') },
      { jobs: ['a', 'b', 'c'], times: 1, first: new Date('2026-11-02T04:00:00Z') },
    ]);
  });
});
