// When a schedule fires, worked out from its cron expression and time zone alone, so that every host comes to the
// same answer and no timer has to have been there. The rules for clock changes are told in docs/schedules.md; the
// fire plan is checked against a minute-by-minute walk through every one of them in test/deep.

import { CronPattern, type WallTime } from './cron-pattern.ts';
import { type ClockStretch, ZoneClock } from './zone-clock.ts';

/** One moment of a schedule. */
export interface Fire {
  readonly at: Date;
  /**
   * What a clock change has to do with it. `gap-end`: its wall time was skipped, so it comes when the clock has been
   * put forward. `second-pass`: the clock was put back, and shows this wall time again.
   */
  readonly clockChange?: 'gap-end' | 'second-pass';
}

/** What one clock change does to a schedule. */
export interface ClockChangeFires {
  readonly kind: NonNullable<Fire['clockChange']>;
  readonly first: Date;
  readonly fires: number;
}

export class FirePlan {
  readonly cron: string;
  readonly timezone: string;
  readonly #pattern: CronPattern;
  readonly #clock: ZoneClock;

  /**
   * @param cron - five or six fields, as node-cron takes them
   * @param timezone - IANA name
   * @throws Error when either is not valid; the configuration was checked before
   * @example
   * const plan = new FirePlan('30 2 * * *', 'America/New_York');
   * plan.next(new Date('2026-03-07T12:00Z')); // 2026-03-08T07:00Z, as 2:30 does not exist that day
   */
  constructor(cron: string, timezone: string) {
    this.cron = cron;
    this.timezone = timezone;
    this.#pattern = new CronPattern(cron);
    this.#clock = new ZoneClock(timezone);
  }

  /** Whether it has no fire, ever. */
  get neverFires(): boolean {
    return this.#pattern.neverFires;
  }

  /** The fires after `after` up to and including `until`, in order. */
  *between(after: Date, until: Date): Generator<Fire, undefined> {
    for (const { gapEnd, stretch, from, to } of this.#spansBetween(after, until)) {
      if (gapEnd !== undefined) yield { at: new Date(gapEnd), clockChange: 'gap-end' };
      const end = secondPassEnd(stretch);
      for (const wall of this.#pattern.between(from, to)) {
        const at = new Date(wall - stretch.offset);
        yield wall < end ? { at, clockChange: 'second-pass' } : { at };
      }
    }
  }

  /** What clock changes after `after` up to and including `until` do to the schedule: the fires of each, and the first. */
  *clockChanges(after: Date, until: Date): Generator<ClockChangeFires, undefined> {
    for (const { gapEnd, stretch, from, to } of this.#spansBetween(after, until)) {
      if (gapEnd !== undefined) yield { kind: 'gap-end', first: new Date(gapEnd), fires: 1 };
      const end = Math.min(to, secondPassEnd(stretch));
      const wall = this.#pattern.firstBetween(from, end);
      if (wall === undefined) continue;
      const fires = this.#pattern.countBetween(from, end);
      yield { kind: 'second-pass', first: new Date(wall - stretch.offset), fires };
    }
  }

  /** The first fire after `after`; none if there is never one again. */
  next(after: Date): Date | undefined {
    if (this.neverFires) return undefined;
    return this.between(after, FOREVER).next().value?.at;
  }

  /** The last fire after `after` up to and including `until`, without going through all of them. */
  last(after: Date, until: Date): Date | undefined {
    for (const { gapEnd, stretch, from, to } of this.#spansBetween(after, until)
      .toArray()
      .reverse()) {
      const wall = this.#pattern.lastBetween(from, to);
      if (wall !== undefined) return new Date(wall - stretch.offset);
      if (gapEnd !== undefined) return new Date(gapEnd);
    }
    return undefined;
  }

  /** How many fires there are after `after` up to and including `until`, without going through them. */
  count(after: Date, until: Date): number {
    let count = 0;
    for (const { gapEnd, from, to } of this.#spansBetween(after, until)) {
      count += this.#pattern.countBetween(from, to) + (gapEnd === undefined ? 0 : 1);
    }
    return count;
  }

  // Cuts (after, until] where the clock changes, and says for each piece which wall times fire in it.
  *#spansBetween(after: Date, until: Date): Generator<Span, undefined> {
    let from = after.getTime() + 1;
    const end = until.getTime() + 1;
    while (from < end) {
      const stretch = this.#clock.stretchAt(from);
      const to = Math.min(end, stretch.to);
      const gapEnd = from === stretch.from && this.#losesInGap(stretch) ? from : undefined;
      yield {
        stretch,
        gapEnd,
        from: Math.max(from + stretch.offset, this.#firstWallTime(stretch)),
        to: to + stretch.offset,
      };
      from = to;
    }
  }

  // Wall times that come a second time count again for an interval, and not for a time of day.
  #firstWallTime(stretch: ClockStretch): WallTime {
    const wall = stretch.from + stretch.offset;
    return stretch.change < 0 && !this.#pattern.isInterval ? wall - stretch.change : wall;
  }

  // Whether the gap before this stretch took a fire that its end has to make up for. An interval that also names the
  // same moment by the new time has lost nothing: 2:30 is now called 3:30, and `*/30` fires then.
  #losesInGap(stretch: ClockStretch): boolean {
    if (stretch.change <= 0) return false;
    const end = stretch.from + stretch.offset;
    if (this.#pattern.names(end)) return false;
    const lost = this.#pattern.between(end - stretch.change, end);
    if (!this.#pattern.isInterval) return lost.next().value !== undefined;
    return lost.some((wall) => !this.#pattern.names(wall + stretch.change));
  }
}

/** Up to when the wall clock shows again what it has shown before; before the stretch begins if it does not. */
function secondPassEnd({ from, offset, change }: ClockStretch): WallTime {
  return from + offset - change;
}

const FOREVER = new Date(8.64e15);

interface Span {
  readonly stretch: ClockStretch;
  /** The fire that makes up for those in the gap before, if it is one more. */
  readonly gapEnd: number | undefined;
  /** Wall times in [`from`, `to`) fire. */
  readonly from: WallTime;
  readonly to: WallTime;
}
