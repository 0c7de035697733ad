// What a schedule may say, checked the same way in host.config.json and in plugin.json.

import cron from 'node-cron';
import { didYouMean } from './did-you-mean.ts';

/** What is wrong with a cron expression, without repeating it; `undefined` if nothing is. */
export function cronProblem(expression: string): string | undefined {
  const expected = 'expected a cron expression such as "0 4 * * *" (six fields: seconds first)';
  if (expression.length > 200) return `${expected} of at most 200 characters`;
  // node-cron writes a range out before it looks at its limits: "0-99999999" takes all memory there is.
  if (/\d{3}/.test(expression)) return `${expected}; no number has three digits`;
  const { valid, errors } = cron.validateDetailed(expression);
  if (valid) return undefined;
  const fields = errors.flatMap(({ field }) => FIELD_NAMES.get(field) ?? []);
  if (fields.length === 0) return expected;
  return `${expected}; wrong here: ${[...new Set(fields)].join(', ')}`;
}

const FIELD_NAMES: ReadonlyMap<string, string> = new Map([
  ['second', 'second'],
  ['minute', 'minute'],
  ['hour', 'hour'],
  ['dayOfMonth', 'day of month'],
  ['month', 'month'],
  ['dayOfWeek', 'day of week'],
]);

/** What is wrong with a time zone's name, without repeating it; `undefined` if nothing is. */
export function timezoneProblem(timezone: string): string | undefined {
  const expected = 'expected an IANA time zone such as "America/New_York"';
  // Intl also takes "+05:00", which has no daylight saving and is not what a schedule should mean.
  if (/^[A-Za-z]/.test(timezone) && isKnownTimezone(timezone)) return undefined;
  return `${expected}${didYouMean(timezone, ['UTC', ...Intl.supportedValuesOf('timeZone')])}`;
}

function isKnownTimezone(timezone: string): boolean {
  try {
    // What the fire plan will ask. Intl takes more, such as "PST", which Temporal refuses.
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timezone);
    return true;
  } catch {
    return false; // a RangeError is how Temporal says no
  }
}
