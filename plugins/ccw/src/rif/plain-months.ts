// The monthly rows of a beneficiary, made of the bytes of a row that the scanner has checked.
//
// `as number` in this file: places and offsets are the scanner's, all inside the plan and the window.

import { DELIMITER, DIGIT, LINE_FEED, ZERO } from './byte-classes.ts';
import type { Chunk } from './chunk.ts';
import type { MonthlyPlan } from './file-plan.ts';

/** Most bytes of a monthly row besides its thirteen values: key, first of the month, delimiters. */
export const MONTH_ROW_BYTES = 64;

/**
 * Adds a row for each month with a value.
 *
 * @param starts - where the fields of the row begin; the byte before the next one's start is its end
 * @returns false if the reference year is not a plain one; nothing is added then
 */
export function addPlainMonths(
  window: Buffer,
  starts: Int32Array,
  plan: MonthlyPlan,
  key: { readonly start: number; readonly end: number },
  chunk: Chunk,
): boolean {
  const yearStart = starts[plan.yearAt] as number;
  const yearEnd = (starts[plan.yearAt + 1] as number) - 1;
  if (yearStart === yearEnd) return true;
  if (!isPlainYear(window, yearStart, yearEnd)) return false;

  const out = chunk.children;
  let at = chunk.childrenEnd;
  for (let month = 0; month < 12; month++) {
    // The plan has twelve months, like the list of their first days.
    const places = plan.months[month] as readonly number[];
    if (!isAnyPresent(starts, places)) continue;
    at = copyBytes(window, key.start, key.end, out, at);
    out[at++] = DELIMITER;
    for (let fill = yearEnd - yearStart; fill < 4; fill++) out[at++] = ZERO;
    at = copyBytes(window, yearStart, yearEnd, out, at);
    at += out.write(MONTH_STARTS[month] as string, at, 'latin1');
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      out[at++] = DELIMITER;
      at = copyBytes(window, starts[place] as number, (starts[place + 1] as number) - 1, out, at);
    }
    out[at++] = LINE_FEED;
    chunk.childRows++;
  }
  chunk.childrenEnd = at;
  return true;
}

const MONTH_STARTS = Array.from(
  { length: 12 },
  (_, month) => `-${String(month + 1).padStart(2, '0')}-01`,
);

function isPlainYear(window: Buffer, start: number, end: number): boolean {
  if (end - start > 4) return false;
  let year = 0;
  for (let at = start; at < end; at++) {
    const byte = window[at] as number;
    if (DIGIT[byte] !== 1) return false;
    year = year * 10 + byte - ZERO;
  }
  return year > 0;
}

function isAnyPresent(starts: Int32Array, places: readonly number[]): boolean {
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if ((starts[place + 1] as number) - (starts[place] as number) > 1) return true;
  }
  return false;
}

/**
 * Copies `from[start, end)` to `to` at `at`.
 *
 * @returns the offset behind it
 */
export function copyBytes(
  from: Buffer,
  start: number,
  end: number,
  to: Buffer,
  at: number,
): number {
  // A call into native code costs as much as copying about so many bytes here.
  if (end - start > 40) return at + from.copy(to, at, start, end);
  let out = at;
  for (let i = start; i < end; i++) to[out++] = from[i] as number;
  return out;
}
