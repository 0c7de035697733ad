// Runs across all jobs in a window of time: each of them where they are few, else how many in each stretch.

import type { Timeline, TimelineLane, TimelineRun } from './api.ts';
import { RequestRefusal } from './page-error.ts';
import type { PageSources } from './page-sources.ts';
import * as statements from './timeline.sql.ts';

const MOST_RUNS = 1500;
const STRETCHES = 60;
const HOUR_MS = 3_600_000;
/** From here on hours are exact enough, and they are counted already. */
const BY_HOUR_MS = 24 * HOUR_MS;
const LONGEST_MS = 8 * 24 * HOUR_MS;

interface Window {
  readonly from: Date;
  readonly to: Date;
}

export async function timeline({ from, to }: Window, { database }: PageSources): Promise<Timeline> {
  const windowMs = to.getTime() - from.getTime();
  if (!(windowMs > 0) || windowMs > LONGEST_MS) {
    throw new RequestRefusal('"from" before "to", at most eight days apart');
  }
  const { pool } = database;
  const answer = {
    now: new Date().toISOString(),
    from: from.toISOString(),
    to: to.toISOString(),
  };
  const counted = await pool.query<{ runs: number }>(statements.COUNT, [from, to, MOST_RUNS + 1]);
  if ((counted.rows[0]?.runs ?? 0) <= MOST_RUNS) {
    const since = new Date(from.getTime() - Math.max(windowMs, 6 * HOUR_MS));
    const { rows } = await pool.query<TimelineRun>(statements.RUNS, [
      from,
      to,
      since,
      2 * MOST_RUNS,
    ]);
    return { ...answer, runs: rows, lanes: [], bucketMs: 0 };
  }
  const isByHour = windowMs >= BY_HOUR_MS;
  const unitMs = isByHour ? HOUR_MS : 1000;
  const bucketMs = Math.ceil(windowMs / STRETCHES / unitMs) * unitMs;
  // Stretches begin at full hours, as those that were counted do.
  const origin = isByHour ? new Date(Math.floor(from.getTime() / HOUR_MS) * HOUR_MS) : from;
  const statement = isByHour ? statements.HOURS : statements.BUCKETS;
  const { rows } = await pool.query<TimelineLane>(statement, [origin, to, bucketMs]);
  return { ...answer, from: origin.toISOString(), runs: [], lanes: rows, bucketMs };
}
