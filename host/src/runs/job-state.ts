// How a job stands, as its row and its lease tell. Read by gates, which must not depend on run records: those are pruned.

import type { CrashBreakerState } from '../isolation/crash-breaker.ts';
import type { RunResult } from './run-store.ts';

/** The latest finished run of a job and its liveness. */
export interface JobState {
  readonly name: string;
  readonly lastRunId: string | null;
  readonly lastResult: RunResult | null;
  readonly lastOutcome: 'work-done' | 'nothing-to-do' | null;
  readonly lastVersion: string | null;
  readonly lastStartedAt: Date | null;
  readonly lastFinishedAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastError: string | null;
  readonly lastWorkAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastCheckedAt: Date | null;
  readonly nothingToDoStreak: number;
  /** Runs in a row that failed, crashed or took too long, up to now. */
  readonly failureStreak: number;
  readonly blockedSince: Date | null;
  readonly blockedReason: string | null;
  readonly isRunning: boolean;
  /** The host that held its lease went away in the middle of a run, and nobody has recorded the end of that. */
  readonly isAbandoned: boolean;
  /** The pool whose place its run takes, while it is running. */
  readonly pool: string | null;
  readonly pausedAt: Date | null;
  readonly pausedBy: string | null;
  readonly crashes: CrashBreakerState | null;
  /** When this was so, by the database's clock, which all other times here are of. */
  readonly asOf: Date;
}

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver gives it
export function toJobState(row: any): JobState {
  return {
    name: row.name,
    lastRunId: row.last_run_id,
    lastResult: row.last_result,
    lastOutcome: row.last_outcome,
    lastVersion: row.last_version,
    lastStartedAt: row.last_started_at,
    lastFinishedAt: row.last_finished_at,
    lastErrorCode: row.last_error_code,
    lastError: row.last_error,
    lastWorkAt: row.last_work_at,
    lastSuccessAt: row.last_success_at,
    lastCheckedAt: row.last_checked_at,
    nothingToDoStreak: row.nothing_to_do_streak,
    failureStreak: row.failure_streak,
    blockedSince: row.blocked_since,
    blockedReason: row.blocked_reason,
    isRunning: row.is_running === true,
    isAbandoned: row.is_abandoned === true,
    pool: row.pool,
    pausedAt: row.paused_at,
    pausedBy: row.paused_by,
    crashes: row.crashes,
    asOf: row.as_of,
  };
}
