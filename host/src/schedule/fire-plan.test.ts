import { describe, expect, it } from 'vitest';
import { FirePlan } from './fire-plan.ts';

/** Fires as wall times of UTC, with what a clock change had to do with them. */
function fires(cron: string, timezone: string, after: string, until: string): string[] {
  const plan = new FirePlan(cron, timezone);
  return Array.from(plan.between(new Date(after), new Date(until)), ({ at, clockChange }) =>
    [at.toISOString().slice(5, 16).replace('T', ' '), clockChange ?? []].flat().join(' '),
  );
}

// In New York clocks go from 2:00 to 3:00 at 07:00 UTC, and from 2:00 back to 1:00 at 06:00 UTC.
const SPRING = ['2026-03-08T05:29Z', '2026-03-08T09:00Z'] as const;
const AUTUMN = ['2026-11-01T03:59Z', '2026-11-01T08:00Z'] as const;
const NEW_YORK = 'America/New_York';

describe('a fire in the hour that is skipped', () => {
  it('comes once, when the clock has been put forward', () => {
    expect(fires('30 2 * * *', NEW_YORK, ...SPRING)).toEqual(['03-08 07:00 gap-end']);
    expect(fires('0,15,45 2 * * *', NEW_YORK, ...SPRING)).toEqual(['03-08 07:00 gap-end']);
  });

  it('is the one that comes then anyway, if there is one', () => {
    expect(fires('30 2,3 * * *', NEW_YORK, ...SPRING)).toEqual([
      '03-08 07:00 gap-end',
      '03-08 07:30',
    ]);
    expect(fires('0 2,3 * * *', NEW_YORK, ...SPRING)).toEqual(['03-08 07:00']);
  });

  it('is nothing lost to an interval, which runs on', () => {
    expect(fires('*/30 * * * *', NEW_YORK, ...SPRING)).toEqual([
      '03-08 05:30',
      '03-08 06:00',
      '03-08 06:30',
      '03-08 07:00',
      '03-08 07:30',
      '03-08 08:00',
      '03-08 08:30',
      '03-08 09:00',
    ]);
    expect(fires('15 * * * *', NEW_YORK, ...SPRING)).toEqual([
      '03-08 06:15',
      '03-08 07:15',
      '03-08 08:15',
    ]);
  });

  it('is lost to an interval that is over by then, and made up for', () => {
    expect(fires('*/20 2 * * *', NEW_YORK, ...SPRING)).toEqual(['03-08 07:00 gap-end']);
  });

  it('is made up for where clocks are put forward by half an hour', () => {
    expect(
      fires('15 * * * *', 'Australia/Lord_Howe', '2026-10-03T14:00Z', '2026-10-03T16:30Z'),
    ).toEqual(['10-03 14:45', '10-03 15:30 gap-end', '10-03 16:15']);
  });

  it('is made up for on the next day where clocks are put forward at midnight', () => {
    // Havana: from 0:00 to 1:00 on Sunday 8 March.
    expect(
      fires('30 0 * * SUN', 'America/Havana', '2026-03-07T00:00Z', '2026-03-09T00:00Z'),
    ).toEqual(['03-08 05:00 gap-end']);
  });
});

describe('a fire in the hour that comes twice', () => {
  it('comes the first time if it is a time of day', () => {
    expect(fires('30 1 * * *', NEW_YORK, ...AUTUMN)).toEqual(['11-01 05:30']);
    expect(fires('0,30 1 * * *', NEW_YORK, ...AUTUMN)).toEqual(['11-01 05:00', '11-01 05:30']);
  });

  it('comes both times if it is part of an interval', () => {
    expect(fires('*/30 0-1 * * *', NEW_YORK, ...AUTUMN)).toEqual([
      '11-01 04:00',
      '11-01 04:30',
      '11-01 05:00',
      '11-01 05:30',
      '11-01 06:00 second-pass',
      '11-01 06:30 second-pass',
    ]);
    expect(fires('30 * * * *', NEW_YORK, ...AUTUMN)).toEqual([
      '11-01 04:30',
      '11-01 05:30',
      '11-01 06:30 second-pass',
      '11-01 07:30',
    ]);
  });

  it('goes by the same rules where a zone changes for good', () => {
    // Almaty gave up an hour at midnight of 1 March 2024.
    expect(fires('30 23 * * *', 'Asia/Almaty', '2024-02-29T00:00Z', '2024-03-01T00:00Z')).toEqual([
      '02-29 17:30',
    ]);
  });
});

describe('a fire plan', () => {
  it('gives fires after the one moment, up to and including the other', () => {
    expect(fires('0 * * * *', 'UTC', '2026-03-02T01:00Z', '2026-03-02T03:00Z')).toEqual([
      '03-02 02:00',
      '03-02 03:00',
    ]);
  });

  it('finds a day that is decades away', () => {
    const plan = new FirePlan('0 0 29 2 MON', NEW_YORK);

    expect(plan.next(new Date('2026-01-01T00:00Z'))).toEqual(new Date('2044-02-29T05:00Z'));
  });

  it('takes names, wrapping ranges, nicknames and question marks as node-cron does', () => {
    const week = ['2026-03-01T12:00Z', '2026-03-08T12:00Z'] as const;
    expect(fires('0 4 ? MAR FRI-mon', 'UTC', ...week)).toEqual([
      '03-02 04:00',
      '03-06 04:00',
      '03-07 04:00',
      '03-08 04:00',
    ]);
    expect(fires('@weekly', 'UTC', ...week)).toEqual(['03-08 00:00']);
  });

  it('takes day and weekday together: both must match', () => {
    expect(fires('0 0 13 * FRI', 'UTC', '2026-01-01T00:00Z', '2026-12-31T00:00Z')).toEqual([
      '02-13 00:00',
      '03-13 00:00',
      '11-13 00:00',
    ]);
  });
});
