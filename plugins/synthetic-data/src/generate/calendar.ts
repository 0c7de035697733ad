/** Days as numbers, and as RIF writes them. Adding to a number is all the arithmetic dates need here. */

/** Days since 1970-01-01, in UTC. */
export type Day = number;

const MS_PER_DAY = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The day of a date; `month` from 1. A month past the year's end is one of the next year. */
export function dayOf(year: number, month: number, day: number): Day {
  return Date.UTC(year, month - 1, day) / MS_PER_DAY;
}

/** Year and month (from 1) of a day. */
export function monthOf(day: Day): { readonly year: number; readonly month: number } {
  const date = new Date(day * MS_PER_DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

/** The last day of a month; `month` from 1. */
export function lastDayOf(year: number, month: number): Day {
  return dayOf(year, month + 1, 1) - 1;
}

/** The Friday after a day: claims are processed in weekly batches. */
export function nextFriday(day: Day): Day {
  return day + 7 - ((day + 6) % 7); // day 1 was a Friday, 1970-01-02
}

const FIRST_DAY = dayOf(1880, 1, 1);
const texts: (string | undefined)[] = [];

/**
 * A day as RIF writes it. Each is put together once: a data set has millions of dates but few days.
 *
 * @example
 * rifDate(dayOf(2025, 9, 3)); // '03-Sep-2025'
 */
export function rifDate(day: Day): string {
  const place = day - FIRST_DAY;
  const known = texts[place];
  if (known !== undefined) return known;
  const date = new Date(day * MS_PER_DAY);
  const text = `${String(date.getUTCDate()).padStart(2, '0')}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
  texts[place] = text;
  return text;
}
