// Every clock change of a zone in the years that the suites cover, found by looking at its wall clock each day.

import { wallClockReader } from './minute-walk.ts';

export const START = Date.UTC(2020, 0, 1);
export const END = Date.UTC(2038, 0, 1);
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Instants at which the zone's wall clock is put forward or back, 2020 to 2037. */
export function clockChanges(zone: string): number[] {
  const read = wallClockReader(zone);
  // By how many minutes the zone is ahead of UTC.
  const ahead = (minute: number) => read(minute * MINUTE_MS) - minute;
  const found: number[] = [];
  let before = START / MINUTE_MS;
  for (let after = before + DAY_MINUTES; after < END / MINUTE_MS; after += DAY_MINUTES) {
    if (ahead(before) !== ahead(after))
      found.push(firstMinuteAfter(before, after, ahead) * MINUTE_MS);
    before = after;
  }
  return found;
}

function firstMinuteAfter(
  before: number,
  after: number,
  ahead: (minute: number) => number,
): number {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (ahead(middle) === ahead(before)) low = middle;
    else high = middle;
  }
  return high;
}
