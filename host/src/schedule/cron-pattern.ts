// What a cron expression names: times of day, on days of the calendar. Knows no time zone and no clock change;
// those are the fire plan's.
//
// The grammar is node-cron's, read by its own parser, so that the schedule which the configuration accepts is the
// one that runs: five or six fields (seconds first), names, wrapping ranges, steps, lists, L, L-n, nW, LW, n#k,
// nL, ?, and nicknames such as @daily. Day of month and day of week must both match, unlike in classic cron.

import { parse } from 'node-cron';
import { NamedDays } from './named-days.ts';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

/**
 * What a wall clock shows, as milliseconds since it showed 1970-01-01 00:00. Not an instant: a wall clock is put
 * forward and back.
 */
export type WallTime = number;

export class CronPattern {
  readonly text: string;
  /** Whether it repeats within the hour or every hour, and so goes by elapsed time when clocks change. */
  readonly isInterval: boolean;
  readonly #days: NamedDays;
  readonly #seconds: readonly number[];
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];

  /** @throws Error when node-cron would not take it */
  constructor(text: string) {
    this.text = text;
    const { second, minute, hour, ...days } = parse(text);
    this.#seconds = inOrder(second);
    this.#minutes = inOrder(minute);
    this.#hours = inOrder(hour);
    this.#days = new NamedDays(days);
    this.isInterval = this.#hours.length === 24 || repeatsWithinHour(text);
  }

  /** Whether no day has all it asks for, as with `0 0 8 * MON#1`: the 8th is never a first Monday. */
  get neverFires(): boolean {
    return this.#days.isEmpty;
  }

  names(wall: WallTime): boolean {
    return this.countBetween(wall, wall + 1) === 1;
  }

  /** The first moment named in [`from`, `to`), if any; `to` may be infinite. */
  firstBetween(from: WallTime, to: WallTime): WallTime | undefined {
    return this.between(from, to).next().value;
  }

  /** The last moment named in [`from`, `to`), if any. */
  lastBetween(from: WallTime, to: WallTime): WallTime | undefined {
    const { day, index } = this.#place(to);
    const last =
      index > 0 && this.#days.has(day)
        ? this.#moment(day, index - 1)
        : this.#lastOf(this.#days.lastBetween(dayOf(from), day));
    return last === undefined || last < from ? undefined : last;
  }

  /** How many moments are named in [`from`, `to`), without going through them. */
  countBetween(from: WallTime, to: WallTime): number {
    if (to <= from) return 0;
    const first = this.#place(from);
    const end = this.#place(to);
    const wholeDays = this.#days.countBetween(first.day, end.day) * this.#timesPerDay;
    const before = this.#days.has(first.day) ? first.index : 0;
    return wholeDays - before + (this.#days.has(end.day) ? end.index : 0);
  }

  /** The moments named in [`from`, `to`), in order; `to` may be infinite. */
  *between(from: WallTime, to: WallTime): Generator<WallTime, undefined> {
    let { day, index } = this.#place(from);
    const endDay = Math.ceil(to / DAY_MS);
    for (;;) {
      if (!this.#days.has(day)) {
        const next = this.#days.firstBetween(day, endDay);
        if (next === undefined) return;
        day = next;
        index = 0;
      }
      for (; index < this.#timesPerDay; index++) {
        const moment = this.#moment(day, index);
        if (moment >= to) return;
        yield moment;
      }
      day++;
      index = 0;
    }
  }

  get #timesPerDay(): number {
    return this.#hours.length * this.#minutes.length * this.#seconds.length;
  }

  // The day a wall time lies in, and how many of the times of day come before it.
  #place(wall: WallTime): { day: number; index: number } {
    const day = dayOf(wall);
    const second = Math.ceil((wall - day * DAY_MS) / 1000);
    return { day, index: this.#timesBefore(second) };
  }

  #timesBefore(secondOfDay: number): number {
    if (secondOfDay >= DAY_SECONDS) return this.#timesPerDay;
    const parts = [
      [this.#hours, Math.floor(secondOfDay / 3600)],
      [this.#minutes, Math.floor(secondOfDay / 60) % 60],
      [this.#seconds, secondOfDay % 60],
    ] as const;
    let index = 0;
    let perValue = this.#timesPerDay;
    for (const [values, wanted] of parts) {
      perValue /= values.length;
      index += countBelow(values, wanted) * perValue;
      if (!values.includes(wanted)) break;
    }
    return index;
  }

  #moment(day: number, index: number): WallTime {
    const perHour = this.#minutes.length * this.#seconds.length;
    const hour = at(this.#hours, Math.floor(index / perHour));
    const minute = at(
      this.#minutes,
      Math.floor(index / this.#seconds.length) % this.#minutes.length,
    );
    const second = at(this.#seconds, index % this.#seconds.length);
    return day * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000;
  }

  #lastOf(day: number | undefined): WallTime | undefined {
    return day === undefined ? undefined : this.#moment(day, this.#timesPerDay - 1);
  }
}

// As in Vixie cron, a star or a step says "every so often", a list says "at these times".
function repeatsWithinHour(text: string): boolean {
  const fields = text.trim().split(/ +/);
  if (fields.length === 1) return false; // a nickname
  return fields.slice(0, fields.length - 4).some((field) => /[*/]/.test(field));
}

function inOrder(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function countBelow(values: readonly number[], limit: number): number {
  const index = values.findIndex((value) => value >= limit);
  return index === -1 ? values.length : index;
}

function dayOf(wall: WallTime): number {
  return Math.floor(wall / DAY_MS);
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError('no such time of day');
  return value;
}
