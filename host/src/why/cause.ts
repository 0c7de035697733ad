// What kinds of answers there are to "why does this job not run?", and how they are told.

import type { ClosedGate } from '../gate/closed-gate.ts';
import type { MissedReason } from '../schedule/missed-records.ts';

export type CauseKind =
  // It cannot run here.
  | 'plugin-refused'
  | 'job-refused'
  | 'disabled'
  | 'database-unreachable'
  // It runs, or a run of it waits.
  | 'running'
  | 'no-host'
  | 'job-not-on-any-host'
  | ClosedGate['kind']
  | 'retry-waits'
  | 'no-free-slot'
  | 'starts-now'
  // What became of it.
  | `missed-${MissedReason}`
  | 'last-run-failed'
  | 'last-run'
  | 'never-ran'
  // When it runs again.
  | 'not-due'
  | 'never-fires'
  | 'waits-for-work'
  | 'only-when-told'
  // A moment of its schedule.
  | 'not-scheduled'
  | 'clock-skipped'
  | 'led-to-run'
  | 'overlapped'
  | 'still-to-come'
  | 'not-decided'
  | 'no-record';

/** One reason. The first of a chain is the verdict; each further one is why the one before is so, or goes with it. */
export interface Cause {
  readonly kind: CauseKind;
  /** Whom it is about. */
  readonly job: string;
  /** One sentence without a full stop. */
  readonly text: string;
  /** What to do about it, if something can be done. */
  readonly remedy?: string;
}

export interface Explanation {
  readonly job: string;
  readonly verdict: Cause;
  readonly because: readonly Cause[];
}
