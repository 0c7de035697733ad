import { describe, expect, it } from 'vitest';
import { decideFires, type PlannedJob } from './decide-fires.ts';
import { FirePlan } from './fire-plan.ts';

const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);

function job(cron: string, options: Partial<PlannedJob['schedule']> = {}): PlannedJob {
  const schedule = { cron, timezone: 'UTC', jitterMs: 0, missed: 'latest' as const, ...options };
  return { name: 'a-job', priority: 0, schedule, plan: new FirePlan(cron, 'UTC') };
}

describe('deciding on fires', () => {
  it('runs the last of those that are on time, for all of them', () => {
    expect(decideFires(job('*/20 * * * * *'), at('01:00:00'), at('01:01:00'))).toEqual({
      plannedUntil: at('01:01:00'),
      coalesced: [at('01:00:20'), at('01:00:40')],
      run: at('01:01:00'),
      nextDueAt: at('01:01:20'),
    });
  });

  it('leaves all as it was when nothing is due', () => {
    expect(decideFires(job('0 * * * *'), at('01:00:00'), at('01:59:59'))).toEqual({
      plannedUntil: at('01:59:59'),
      coalesced: [],
      nextDueAt: at('02:00:00'),
    });
  });

  it('misses all that is too late when something on time runs anyway', () => {
    const { run, missed } = decideFires(job('* * * * *'), at('01:00:00'), at('01:30:10'));

    expect(run).toEqual(at('01:30:00'));
    expect(missed).toEqual({ first: at('01:01:00'), last: at('01:29:00'), fires: 29 });
  });

  it('takes back nothing when the clock says less than before', () => {
    const decision = decideFires(job('* * * * *'), at('02:00:00'), at('01:00:00'));

    expect(decision).toEqual({
      plannedUntil: at('02:00:00'),
      coalesced: [],
      nextDueAt: at('02:01:00'),
    });
  });

  it('counts a year of seconds without going through them', () => {
    const began = performance.now();
    const { missed } = decideFires(
      job('* * * * * *', { missed: 'skip' }),
      new Date('2025-03-02T01:00:00Z'),
      at('01:00:00'),
    );

    expect(missed?.fires).toBe(365 * 86_400 - 60);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('spreads fires over the jitter, and comes to the same each time', () => {
    const jittered = job('0 * * * *', { jitterMs: 600_000 });
    const waits = Array.from({ length: 200 }, (_, hour) => {
      const before = new Date(at('00:30:00').getTime() + hour * 3_600_000);
      const due = decideFires(jittered, before, before).nextDueAt;
      expect(decideFires(jittered, before, before).nextDueAt).toEqual(due);
      return Number(due) - before.getTime() - 1_800_000;
    });

    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...waits)).toBeLessThan(60_000);
    expect(Math.max(...waits)).toBeGreaterThan(540_000);
    expect(Math.max(...waits)).toBeLessThan(600_000);
  });
});
