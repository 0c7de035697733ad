import type { CauseKind } from '../../host/src/why/cause.ts';
import type { Stage, StageOptions } from './stage.ts';

/** Something that happened, and what `why` must answer. */
export interface Incident extends StageOptions {
  happens(stage: Stage): Promise<void>;
  /** The job asked about, and the moment, if it is not now. */
  readonly asks: string;
  readonly at?: string;
  readonly verdict: CauseKind;
  /** What the sentence must hold. */
  readonly says?: RegExp;
  /** The causes behind it, in their order; not looked at if absent. */
  readonly because?: readonly CauseKind[];
}

/** For the types of a script. */
export function incident(what: Incident): Incident {
  return what;
}

export const EVERY_MINUTE = { schedule: { cron: '* * * * *' } };
/** Does not come while a test runs. */
export const FAR_OFF = { schedule: { cron: '0 0 29 2 *' } };
export const AT_START = { startup: true };

export function after(job: string, more: Readonly<Record<string, unknown>> = {}) {
  return { dependsOn: [{ job, ...more }] };
}

// One moment for all scripts: two readings of the clock may be a minute apart.
const BEFORE = new Date(Date.now() - 30 * 60_000);

/** Once an hour, at the minute that was half an hour ago when the first script was read. */
export const HALF_AN_HOUR_AGO = hourlyAt(BEFORE);

function hourlyAt(moment: Date) {
  return { cron: `${moment.getUTCMinutes()} * * * *` };
}

/** The moment that {@link HALF_AN_HOUR_AGO} means, to the minute. */
export function halfAnHourAgo(): string {
  return BEFORE.toISOString().slice(0, 16).concat('Z');
}
