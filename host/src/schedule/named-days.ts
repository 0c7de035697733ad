// The days a cron expression names. There are only fourteen kinds of year (leap or not, and the weekday it begins
// with), so each is worked out once, and any stretch of centuries is a matter of looking up.

import type { ParsedFields } from 'node-cron';

export type DayFields = Pick<ParsedFields, 'dayOfMonth' | 'month' | 'dayOfWeek'>;

/** Days since 1970-01-01. */
export type DayNumber = number;

const DAY_MS = 86_400_000;
/** The calendar repeats after this. */
const CYCLE_YEARS = 400;

export class NamedDays {
  readonly #fields: DayFields;
  /** By kind of year: days after 1 January, in order. */
  readonly #kinds = new Map<string, readonly number[]>();

  constructor(fields: DayFields) {
    this.#fields = fields;
  }

  /** Whether there is no such day, ever. */
  get isEmpty(): boolean {
    return this.firstBetween(0, Number.POSITIVE_INFINITY) === undefined;
  }

  has(day: DayNumber): boolean {
    const year = yearOf(day);
    return this.#daysAfterNewYear(year).includes(day - newYear(year));
  }

  /** The first in [`from`, `to`), if any; `to` may be infinite. */
  firstBetween(from: DayNumber, to: DayNumber): DayNumber | undefined {
    const firstYear = yearOf(from);
    for (let year = firstYear; year <= firstYear + CYCLE_YEARS; year++) {
      const start = newYear(year);
      if (start >= to) return undefined;
      const found = this.#daysAfterNewYear(year).find((days) => start + days >= from);
      if (found !== undefined) return start + found < to ? start + found : undefined;
    }
    return undefined;
  }

  /** The last in [`from`, `to`), if any. */
  lastBetween(from: DayNumber, to: DayNumber): DayNumber | undefined {
    const lastYear = yearOf(to);
    for (let year = lastYear; year >= lastYear - CYCLE_YEARS; year--) {
      const start = newYear(year);
      const found = this.#daysAfterNewYear(year).findLast((days) => start + days < to);
      if (found !== undefined) return start + found >= from ? start + found : undefined;
      if (start <= from) return undefined;
    }
    return undefined;
  }

  /** How many there are in [`from`, `to`). */
  countBetween(from: DayNumber, to: DayNumber): number {
    let count = 0;
    for (let year = yearOf(from); newYear(year) < to; year++) {
      const start = newYear(year);
      const days = this.#daysAfterNewYear(year);
      count +=
        start >= from && newYear(year + 1) <= to
          ? days.length
          : days.filter((day) => start + day >= from && start + day < to).length;
    }
    return count;
  }

  #daysAfterNewYear(year: number): readonly number[] {
    const length = newYear(year + 1) - newYear(year);
    const kind = `${length} ${weekdayOf(newYear(year))}`;
    let days = this.#kinds.get(kind);
    if (!days) {
      days = daysOfYear(this.#fields, year, length);
      this.#kinds.set(kind, days);
    }
    return days;
  }
}

function daysOfYear(fields: DayFields, year: number, length: number): number[] {
  const found: number[] = [];
  for (let days = 0; days < length; days++) {
    const date = new Date((newYear(year) + days) * DAY_MS);
    const month = date.getUTCMonth() + 1;
    const day: DayOfMonth = {
      number: date.getUTCDate(),
      last: new Date(Date.UTC(year, month, 0)).getUTCDate(),
      weekday: date.getUTCDay(),
    };
    if (
      fields.month.includes(month) &&
      fields.dayOfMonth.some((token) => isDayOfMonth(token, day)) &&
      fields.dayOfWeek.some((token) => isDayOfWeek(token, day))
    ) {
      found.push(days);
    }
  }
  return found;
}

interface DayOfMonth {
  /** From 1. */
  readonly number: number;
  /** Of its month. */
  readonly last: number;
  /** 0: Sunday. */
  readonly weekday: number;
}

// The tokens as node-cron's parser leaves them: 15, "L", "L-3", "15W", "LW".
function isDayOfMonth(token: number | string, day: DayOfMonth): boolean {
  if (typeof token === 'number') return day.number === token;
  if (token === 'L') return day.number === day.last;
  if (token.startsWith('L-')) return day.number === day.last - Number(token.slice(2));
  const wanted = token === 'LW' ? day.last : Number(token.slice(0, -1));
  return wanted <= day.last && day.number === nearestWeekday(wanted, day);
}

// Monday to Friday; within the month, even when the nearest one lies outside.
function nearestWeekday(wanted: number, day: DayOfMonth): number {
  const weekday = (((day.weekday + wanted - day.number) % 7) + 7) % 7;
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === day.last ? wanted - 2 : wanted + 1;
  return wanted;
}

// 5, "5L" for the month's last Friday, "5#2" for its second.
function isDayOfWeek(token: number | string, day: DayOfMonth): boolean {
  if (typeof token === 'number') return day.weekday === token;
  if (day.weekday !== Number(token.charAt(0))) return false;
  if (token.endsWith('L')) return day.number + 7 > day.last;
  return Math.ceil(day.number / 7) === Number(token.slice(2));
}

function yearOf(day: DayNumber): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}

function newYear(year: number): DayNumber {
  return Date.UTC(year, 0, 1) / DAY_MS;
}

// 1970-01-01 was a Thursday.
function weekdayOf(day: DayNumber): number {
  return (((day + 4) % 7) + 7) % 7;
}
