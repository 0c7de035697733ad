// Moments as people read them in an explanation: the moment itself, and how far off it is.

import { duration } from '../telemetry/words.ts';

/** @example when(new Date('2026-03-08T07:00:00Z'), new Date('2026-03-08T09:00:00Z')) // '2026-03-08T07:00:00Z (2 h 0 min ago)' */
export function when(moment: Date, now: Date): string {
  const ms = moment.getTime() - now.getTime();
  const far = duration(Math.abs(ms));
  return `${instant(moment)} (${ms > 0 ? `in ${far}` : `${far} ago`})`;
}

/** To the second, as ISO 8601. */
export function instant(moment: Date): string {
  return moment.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
