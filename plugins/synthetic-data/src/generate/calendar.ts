/** Days and months as numbers, and as RIF writes them. Adding to a number is all the arithmetic dates need here. */

/** Days since 1970-01-01, in UTC. */
export type Day = number;

/** Months since January of the year 0, so that a span of years is a span of numbers. */
export type Month = number;

const MS_PER_DAY = 86_400_000;
const FIRST_MONTH: Month = 1870 * 12;
const YEARS = 250;
// Of full length from the start: an array that is filled here and there is kept as a hash table.
const firstDays = new Array<number | undefined>(YEARS * 12).fill(undefined);
const days = new Array<KnownDay | undefined>(YEARS * 366).fill(undefined);
const NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The day of a date; `month` from 1. A month past the year's end is one of the next year. */
export function dayOf(year: number, month: number, day: number): Day {
  return firstDayOf(monthOf(year, month)) + day - 1;
}

/** The month of a year; `month` from 1. */
export function monthOf(year: number, month: number): Month {
  return year * 12 + month - 1;
}

/** The first day of a month. */
export function firstDayOf(month: Month): Day {
  const place = month - FIRST_MONTH;
  const found = firstDays[place];
  if (found !== undefined) return found;
  const day = Date.UTC(Math.floor(month / 12), month % 12, 1) / MS_PER_DAY;
  firstDays[place] = day;
  return day;
}

/** The month a day lies in. */
export function monthAt(day: Day): Month {
  return known(day).month;
}

/** The year a day lies in. */
export function yearAt(day: Day): number {
  return Math.floor(known(day).month / 12);
}

/** The Friday after a day: claims are processed in weekly batches. */
export function nextFriday(day: Day): Day {
  return day + 7 - ((day + 6) % 7); // day 1 was a Friday, 1970-01-02
}

/**
 * A day as RIF writes it.
 *
 * @example
 * rifDate(dayOf(2025, 9, 3)); // '03-Sep-2025'
 */
export function rifDate(day: Day): string {
  return known(day).text;
}

interface KnownDay {
  readonly month: Month;
  readonly text: string;
}

// Each day and month is looked at once: a data set has millions of dates but few days.
function known(day: Day): KnownDay {
  const place = day - firstDayOf(FIRST_MONTH);
  const found = days[place];
  if (found !== undefined) return found;
  const date = new Date(day * MS_PER_DAY);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const text = `${String(date.getUTCDate()).padStart(2, '0')}-${NAMES[month]}-${year}`;
  const made = { month: year * 12 + month, text };
  days[place] = made;
  return made;
}
