// The fire plan against two others who know: a minute-by-minute walk of our own around every clock change, and
// croner away from them. A sample of zones by default; every zone with BFD_DEEP=1.

import { Cron } from 'croner';
import fc from 'fast-check';
import { createTask } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { CronPattern } from '../../../host/src/schedule/cron-pattern.ts';
import { FirePlan } from '../../../host/src/schedule/fire-plan.ts';
import { clockChanges, END, START } from './clock-changes.ts';
import { CORPUS, NEVER_FIRING } from './corpus.ts';
import { cronExpression } from './cron-expressions.ts';
import { WallClockTable, walk } from './minute-walk.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DEEP_MS = 30 * MINUTE_MS;

// Whole hours, half an hour, two and three hours, at midnight, back for good, twice around Ramadan, never.
const SAMPLE = [
  'America/New_York',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Antarctica/Casey',
  'America/Havana',
  'Africa/Cairo',
  'America/Nuuk',
  'Asia/Almaty',
  'Africa/Casablanca',
  'Asia/Kolkata',
];

const ZONES = IS_DEEP ? Intl.supportedValuesOf('timeZone') : SAMPLE;
const PLANS = new Map(
  ZONES.map((zone) => [zone, CORPUS.map(({ cron }) => new FirePlan(cron, zone))]),
);

describe('the fire plan around clock changes', () => {
  // The repeated hours of a change may begin a day before it; and a walk has to have seen what came before.
  const BEFORE_MS = 30 * HOUR_MS;
  const AFTER_MS = 30 * HOUR_MS;
  const LEAD_IN_MINUTES = 240;

  it('is that of a minute-by-minute walk', { timeout: DEEP_MS }, () => {
    const mismatches: string[] = [];
    let compared = 0;
    let changes = 0;
    for (const zone of ZONES) {
      const known = clockChanges(zone);
      for (const change of IS_DEEP ? known : known.filter(isInSampleYears)) {
        changes++;
        const start = change - BEFORE_MS;
        const end = change + AFTER_MS;
        const tableStart = start - LEAD_IN_MINUTES * MINUTE_MS;
        const table = new WallClockTable(zone, tableStart, (end - tableStart) / MINUTE_MS);
        for (const plan of PLANS.get(zone) ?? []) {
          const walked = walk(plan.cron, table, LEAD_IN_MINUTES);
          const planned = [...plan.between(new Date(start - 1), new Date(end - 1))];
          compared += walked.length;
          if (!isSame(planned, walked)) mismatches.push(`${plan.cron} ${zone} ${isoOf(change)}`);
        }
      }
    }
    tell('minute walk', { zones: ZONES.length, changes, fires: compared });
    expect(mismatches).toEqual([]);
    expect(changes).toBeGreaterThan(IS_DEEP ? 4000 : 15);
  });

  function isInSampleYears(change: number): boolean {
    return change >= Date.UTC(2024, 1, 1) && change < Date.UTC(2025, 6, 1);
  }
});

describe('the fire plan away from clock changes', () => {
  const NEAR_MS = 2 * DAY_MS;

  it('is that of croner, with day and weekday both to match', { timeout: DEEP_MS }, () => {
    const mismatches: string[] = [];
    let compared = 0;
    for (const zone of ZONES) {
      const changes = clockChanges(zone);
      const windows = IS_DEEP ? windowsBetween(changes) : windowsBetween(changes).slice(-1);
      for (const { cron, isKnownToCroner } of CORPUS) {
        if (!isKnownToCroner) continue;
        const plan = new FirePlan(cron, zone);
        const croner = new Cron(cron, { timezone: zone, domAndDow: true, paused: true });
        for (const { from, to } of windows) {
          const wanted = cronerFires(croner, from, to);
          const last = wanted.at(-1);
          // croner was asked for the first few only.
          const until = wanted.length === MOST && last !== undefined ? new Date(last) : to;
          compared += wanted.length;
          if (!isSame([...plan.between(from, until)], wanted)) {
            mismatches.push(`${cron} ${zone} ${from.toISOString()}`);
          }
        }
      }
    }
    tell('croner', { zones: ZONES.length, fires: compared });
    expect(mismatches).toEqual([]);
  });

  const MOST = 10;

  function cronerFires(croner: Cron, from: Date, to: Date): number[] {
    const fires: number[] = [];
    let next = croner.nextRun(from);
    while (next && next <= to && fires.length < MOST) {
      fires.push(next.getTime());
      next = croner.nextRun(next);
    }
    return fires;
  }

  // The time between two changes, less what is too near to either.
  function windowsBetween(changes: readonly number[]): { from: Date; to: Date }[] {
    const edges = [START, ...changes, END];
    return edges
      .slice(1)
      .map((edge, i) => ({ from: (edges[i] ?? START) + NEAR_MS, to: edge - NEAR_MS }))
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => ({ from: new Date(from), to: new Date(to) }));
  }

  it('names the seconds that node-cron would match', { timeout: DEEP_MS }, () => {
    const second = fc.integer({ min: START / 1000, max: END / 1000 });
    fc.assert(
      fc.property(
        cronExpression(),
        fc.array(second, { minLength: 40, maxLength: 40 }),
        (cron, seconds) => {
          const pattern = new CronPattern(cron);
          const task = createTask(cron, () => {}, { timezone: 'UTC' });
          for (const each of seconds) {
            // Beside the moment itself one that is likely to be named, or nearly all would be misses.
            const named = pattern.firstBetween(each * 1000, each * 1000 + 400 * DAY_MS);
            for (const wall of named === undefined
              ? [each * 1000]
              : [each * 1000, named, named - 1000]) {
              expect(pattern.names(wall)).toBe(task.match(new Date(wall)));
            }
          }
          void task.destroy();
        },
      ),
      { numRuns: IS_DEEP ? 5000 : 60, seed: 42 },
    );
  });
});

describe('counting and looking back', () => {
  it('agree with going through the fires one by one', { timeout: DEEP_MS }, () => {
    const minute = fc.integer({ min: START / MINUTE_MS, max: END / MINUTE_MS });
    fc.assert(
      fc.property(
        fc.constantFrom(...CORPUS),
        fc.constantFrom(...ZONES),
        minute,
        fc.integer({ min: 0, max: 9 * 24 * 60 }),
        fc.integer({ min: 0, max: MINUTE_MS }),
        ({ cron }, zone, from, length, ms) => {
          const plan = new FirePlan(cron, zone);
          const after = new Date(from * MINUTE_MS + ms);
          const until = new Date(after.getTime() + length * MINUTE_MS);
          const fires = [...plan.between(after, until)];

          expect(plan.count(after, until)).toBe(fires.length);
          expect(plan.last(after, until)).toEqual(fires.at(-1)?.at);
          const next = plan.next(after);
          expect(fires[0]?.at ?? (next && next > until ? undefined : next)).toEqual(fires[0]?.at);
        },
      ),
      { numRuns: IS_DEEP ? 20_000 : 500, seed: 42 },
    );
  });

  it('come to an end for expressions that never fire', () => {
    for (const cron of NEVER_FIRING) {
      const plan = new FirePlan(cron, 'America/New_York');

      expect(plan.neverFires).toBe(true);
      expect(plan.next(new Date(START))).toBeUndefined();
      expect(plan.count(new Date(START), new Date(END))).toBe(0);
    }
  });
});

function isSame(planned: readonly { at: Date }[], wanted: readonly number[]): boolean {
  return (
    planned.length === wanted.length && planned.every(({ at }, i) => at.getTime() === wanted[i])
  );
}

function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}

function tell(what: string, figures: Readonly<Record<string, number>>): void {
  if (IS_DEEP) console.log(what, JSON.stringify(figures));
}
