// Runs as the database keeps them: a row for each run with work and each that did not succeed, and one row
// per job for the rest.

import type { Counts, Trigger } from '@bfd-host/sdk';
import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { codeOf } from '../database/database-error.ts';
import {
  type AbandonedRun,
  type ClaimAfter,
  type ClaimedRun,
  LeaseLostError,
} from '../engine/leases.ts';
import { QUEUE_PREFIX, queueOf } from '../engine/queue.ts';
import type { CrashBreakerState } from '../isolation/crash-breaker.ts';
import type { ErrorEnvelope } from '../isolation/protocol.ts';
import { type JobState, toJobState } from './job-state.ts';
import type { AgedLogLine } from './run-log.ts';
import { listRuns, type RunFilter, type RunKey, type RunRow } from './run-records.ts';
import * as statements from './run-store.sql.ts';
import { triggerDetail } from './trigger.ts';

export type RunResult =
  | 'succeeded'
  | 'failed'
  | 'crashed'
  | 'timed-out'
  | 'cancelled'
  | 'interrupted'
  | 'lost';

/** What is known of a run before it starts. */
export interface RunIdentity {
  readonly runId: string;
  readonly attempt: number;
  readonly job: string;
  readonly jobVersion: string;
  readonly plugin: string;
  readonly pluginVersion: string;
  readonly trigger: Trigger;
  readonly epoch: number;
  /** By the database's clock. */
  readonly startedAt: Date;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Its place in the queue and since when it could have started; absent for a run that was never queued. */
  readonly ticketId?: string;
  readonly dueAt?: Date;
  /** What it waited for last. */
  readonly waitedFor?: string;
  /** Versions of its dependencies when it began, by job. */
  readonly ranWith: Readonly<Record<string, string>>;
}

export interface RunProgress extends Paced {
  readonly total?: number;
  readonly unit: string;
  /** What is being worked on now. */
  readonly label?: string;
  /** How far that is by itself. */
  readonly part?: Paced & { readonly total: number };
}

/** How far something is, and how fast it gets on; the latter is known from the second report on. */
export interface Paced {
  readonly done: number;
  readonly rows?: number;
  /** Of the unit. */
  readonly perSecond?: number;
  readonly rowsPerSecond?: number;
  /** How long the rest takes at this pace. */
  readonly secondsLeft?: number;
}

/** How a run ended. */
export interface RunEnding {
  readonly result: RunResult;
  readonly outcome?: 'work-done' | 'nothing-to-do';
  readonly version?: string;
  readonly counts: Counts;
  readonly error?: ErrorEnvelope;
  readonly progress?: RunProgress;
}

/** What the crash breaker knew of a job before a run ended. */
export interface CrashesBefore extends Pick<JobState, 'crashes'> {
  /** `null` when the run says nothing of its job. */
  readonly asOf: Date | null;
}

/** How the latest recorded try of a run stands. */
export interface LatestTry {
  readonly attempt: number;
  /** `null` while it goes on. */
  readonly result: RunResult | null;
  readonly error?: { readonly code: string; readonly isPermanent: boolean };
  /** Whether somebody asked for the run to be cancelled; a signal to its process is no such thing. */
  readonly isCancelAsked: boolean;
}

type Executor = Pick<pg.ClientBase, 'query'>;

const LEASE_LOST = 'BF001';

/** So that each statement is answered well before the host gives up its connection. */
const PRUNED_AT_A_TIME = 10_000;
/** So many lines of an attempt are kept. */
export const KEPT_LOG_LINES = 300;

/** The job of a lost run, as the host that finds it knows it. */
interface LostJob {
  readonly job: string;
  readonly version: string;
  readonly plugin: { readonly name: string; readonly version: string };
}

export class RunStore {
  readonly #database: Database;
  readonly #bootId: string;

  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
  }

  /** Makes a run visible: it has work. */
  async begin(run: RunIdentity, client: Executor = this.#database.pool): Promise<void> {
    await client.query(statements.INSERT_RUN, [
      run.runId,
      run.attempt,
      run.job,
      run.jobVersion,
      run.plugin,
      run.pluginVersion,
      run.trigger.kind,
      triggerDetail(run.trigger),
      this.#bootId,
      run.epoch,
      run.startedAt,
      run.traceId ?? null,
      run.dueAt ?? null,
      run.waitedFor ?? null,
    ]);
  }

  async progress(run: RunIdentity, progress: RunProgress): Promise<void> {
    await this.#database.pool.query(statements.UPDATE_PROGRESS, [
      run.runId,
      run.attempt,
      progress,
      run.epoch,
    ]);
  }

  /**
   * Records the end of a run and gives its lease back; of one that found nothing and was never seen, only that it
   * looked. Takes it out of its queue.
   *
   * @returns what was known of crashes of its job before
   * @throws {@link LeaseLostError}
   */
  async endWith(
    client: Executor,
    run: RunIdentity,
    ending: RunEnding,
    wasVisible: boolean,
  ): Promise<CrashesBefore> {
    const values = [this.#told(run, ending, wasVisible), false, null, null, null];
    const [row] = await whileHeld(run, () => client.query(statements.END_RUN, values));
    return { crashes: row.crashes, asOf: row.as_of };
  }

  /**
   * The same as one statement, if nothing else has to be written in the same transaction.
   *
   * @param next - how to claim the next run of its job that waits by the same statement
   * @returns what was claimed; nothing if something else has to be written with it
   * @throws {@link LeaseLostError}
   */
  async endAlone(
    run: RunIdentity,
    ending: RunEnding,
    wasVisible: boolean,
    next: ClaimAfter | undefined,
  ): Promise<{ readonly next: ClaimedRun | undefined } | undefined> {
    const claim = next?.values ?? [null, null, null];
    const values = [this.#told(run, ending, wasVisible), true, ...claim];
    const { pool } = this.#database;
    const [row] = await whileHeld(run, () => pool.query(statements.END_RUN, values));
    return row.is_written ? { next: next?.claimed(row) } : undefined;
  }

  #told(run: RunIdentity, ending: RunEnding, wasVisible: boolean): object {
    const { result, outcome, error, counts, progress } = ending;
    return {
      ...{ job: run.job, runId: run.runId, attempt: run.attempt, epoch: run.epoch },
      ...{ jobVersion: run.jobVersion, plugin: run.plugin, pluginVersion: run.pluginVersion },
      trigger: run.trigger.kind,
      triggerDetail: triggerDetail(run.trigger),
      bootId: this.#bootId,
      ...{ startedAt: run.startedAt, dueAt: run.dueAt, waitedFor: run.waitedFor },
      ...{ traceId: run.traceId, ranWith: run.ranWith },
      ...(run.ticketId === undefined ? {} : { queue: queueOf(run.job), ticket: run.ticketId }),
      ...{ result, outcome, progress },
      counts: JSON.stringify(counts), // as text, which keeps the order in which the job told them
      version: ending.version ?? (result === 'succeeded' ? run.jobVersion : undefined),
      ...{ errorCode: error?.code, error: error?.message },
      errorDetail: error && errorDetail(error),
      isFinal: isFinal(result),
      isRecorded: wasVisible || outcome !== 'nothing-to-do',
    };
  }

  /** The latest try of a run that left a record. */
  async latestTry(runId: string): Promise<LatestTry | undefined> {
    const { rows } = await this.#database.pool.query(statements.LATEST_TRY, [runId]);
    const [row] = rows;
    if (!row) return undefined;
    const { attempt, result, error_code: code, is_permanent: isPermanent } = row;
    const error = code === null ? {} : { error: { code, isPermanent } };
    return { attempt, result, isCancelAsked: row.is_cancel_asked, ...error };
  }

  /** Whether a transaction that recorded the end of this run was committed, though its host never heard so. */
  async hasFinished({ job, epoch, runId, attempt, startedAt }: RunIdentity): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(statements.HAS_FINISHED, [
      ...[job, epoch, runId, attempt, startedAt],
    ]);
    return rowCount !== null && rowCount > 0;
  }

  /** Records that a run ended with the host it ran on, unless its end is known. Returns what is news. */
  async markLost(
    client: Executor,
    lost: AbandonedRun,
    { job, plugin, version }: LostJob,
    error: { readonly code: string; readonly message: string },
  ): Promise<{ trigger: string; durationMs: number } | undefined> {
    const { rows } = await client.query<{ trigger: string; duration_ms: number }>(
      statements.MARK_LOST,
      [
        lost.runId,
        lost.attempt,
        job,
        version,
        plugin.name,
        plugin.version,
        lost.trigger,
        lost.triggerDetail,
        lost.bootId,
        lost.epoch,
        lost.startedAt,
        error.code,
        error.message,
      ],
    );
    const [row] = rows;
    return row && { trigger: row.trigger, durationMs: row.duration_ms };
  }

  /** Notes why a queued run waits; `null` when it no longer does. Returns whether that is news. */
  async noteBlocked(job: string, reason: string | null): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(statements.NOTE_BLOCKED, [job, reason]);
    return rowCount === 1;
  }

  /** Keeps what the crash breaker knows of a job; `null` forgets it. */
  async noteCrashes(
    job: string,
    crashes: CrashBreakerState | null,
    client: Executor = this.#database.pool,
  ): Promise<void> {
    await client.query(statements.NOTE_CRASHES, [job, crashes]);
  }

  async jobStates(client: Executor = this.#database.pool): Promise<Map<string, JobState>> {
    const { rows } = await client.query(statements.JOB_STATES, [null]);
    return new Map(rows.map((row) => [row.name, toJobState(row)]));
  }

  /** How jobs stand, and which of them have a run that is due. */
  async look(): Promise<Map<string, JobState & { readonly isDue: boolean }>> {
    const { rows } = await this.#database.pool.query(statements.JOB_STATES, [QUEUE_PREFIX]);
    return new Map(rows.map((row) => [row.name, { ...toJobState(row), isDue: row.is_due }]));
  }

  /** Deletes what is older than the retention. Gates read `bfd_host.job`, so nothing changes for them. */
  async prune(runsDays: number): Promise<number> {
    let pruned = 0;
    for (;;) {
      const { rows } = await this.#database.pool.query<{ runs: number }>(statements.PRUNE, [
        runsDays,
        PRUNED_AT_A_TIME,
      ]);
      const { runs = 0 } = rows[0] ?? {};
      pruned += runs;
      if (runs < PRUNED_AT_A_TIME) return pruned;
    }
  }

  /** Newest first. */
  async runs(filter: RunFilter): Promise<RunRow[]> {
    return listRuns(this.#database.pool, filter);
  }

  /** Keeps the newest lines of an attempt that is recorded; the older ones go. */
  async keepLog({ runId, attempt }: RunKey, lines: readonly AgedLogLine[]): Promise<void> {
    await this.#database.pool.query(statements.INSERT_LOG, [
      runId,
      attempt,
      JSON.stringify(lines),
      KEPT_LOG_LINES,
    ]);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: rows as the driver gives them
async function whileHeld(run: RunIdentity, ask: () => Promise<pg.QueryResult<any>>) {
  try {
    return (await ask()).rows;
  } catch (error) {
    if (error instanceof Error && codeOf(error) === LEASE_LOST) throw new LeaseLostError(run.job);
    throw error;
  }
}

function errorDetail({ remedy, places, sqlState, isPermanent }: ErrorEnvelope): object {
  return { remedy, places, sqlState, ...(isPermanent ? { isPermanent } : {}) };
}

/** Whether dependants look at a run that ended so, or past it at the one before. */
function isFinal(result: RunResult): boolean {
  switch (result) {
    case 'succeeded':
    case 'failed':
    case 'crashed':
    case 'timed-out':
      return true;
    case 'cancelled':
    case 'interrupted':
    case 'lost':
      return false;
  }
}
