// The right to run a job now, held by one host at a time. Its epoch rises at each claim and is checked by the
// last statement of every transaction of the job, so a host that was given up commits nothing when it wakes.

import type { Trigger } from '@bfd-host/sdk';
import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { within } from '../database/within.ts';
import { BfdError } from '../errors.ts';
import { triggerDetail } from '../runs/trigger.ts';
import * as statements from './leases.sql.ts';
import {
  QueuedRunUnknownError,
  queueOf,
  type TakenRow,
  type TakenRun,
  TRIGGER_KINDS,
  takenRun,
} from './queue.ts';

const TTL_SECONDS = 15;
const RENEW_MS = 3000;
const RELEASE_MS = 2000;

/** Why a run is told to stop. */
export type StopReason = 'stopping' | 'cancelled';

/** At most so many jobs of a pool are held at a time, on all hosts together. */
export interface PoolPlace {
  readonly pool: string;
  readonly limit: number;
}

export interface RunKey {
  readonly runId: string;
  readonly attempt: number;
}

/** A run that a lease is for. */
export interface AssignedRun extends RunKey {
  readonly trigger: Trigger;
}

/** A run that its holder did not record the end of. */
export interface AbandonedRun extends RunKey {
  /** Its kind; `unknown` if the holder was older than this. */
  readonly trigger: string;
  readonly triggerDetail: string | null;
  readonly startedAt: Date;
  readonly bootId: string;
  readonly epoch: number;
}

/** Another host may run the job by now, so this one must not write what became of its run. */
export class LeaseLostError extends BfdError {
  readonly code = 'BFD_LEASE_LOST';
  constructor(job: string) {
    super(
      `This host no longer holds the lease of ${job}: it was not renewed in time. The run counts as lost.`,
    );
  }
}

export interface Lease extends AsyncDisposable {
  readonly job: string;
  readonly epoch: number;
  /** By the database's clock. */
  readonly claimedAt: Date;
  /** The run that an earlier holder left without recording its end, if there is one. */
  readonly abandoned: AbandonedRun | undefined;
  /** Aborts when the lease is no longer ours, or can no longer be shown to be. */
  readonly lost: AbortSignal;
  /** Aborts when somebody asked for its run to be cancelled, with the reason `cancelled`. */
  readonly cancelAsked: AbortSignal;
  /**
   * Says which run it is for, so that the next holder can tell what was lost should this host die.
   *
   * @throws {@link LeaseLostError}
   */
  assign(run: AssignedRun, client?: Executor): Promise<void>;
  /**
   * Forgets the abandoned run, inside the transaction that records what became of it.
   *
   * @throws {@link LeaseLostError}
   */
  forgetAbandonedWith(client: Executor): Promise<void>;
  /**
   * Runs what gives it back in the transaction that records how its run ended. That it is no longer ours is no loss
   * meanwhile, and none afterwards if it was recorded.
   *
   * @param record - resolves to whether both was done
   * @returns the same
   */
  settleBy(record: () => Promise<boolean>): Promise<boolean>;
}

type Executor = Pick<pg.ClientBase, 'query'>;

interface EpochRow {
  epoch: string;
  claimed_at: Date;
}

interface ClaimRow extends EpochRow {
  abandoned_run: string | null;
  abandoned_attempt: number | null;
  abandoned_at: Date | null;
  abandoned_boot: string | null;
  abandoned_epoch: string | null;
  abandoned_trigger: string | null;
  abandoned_detail: string | null;
}

type ClaimedRunRow = ClaimRow &
  (TakenRow | { readonly ticket: null }) & { readonly is_unknown: boolean };

/** A lease for a run that waited; without the run when the one of a holder that died has to be settled first. */
export interface ClaimedRun {
  readonly lease: Lease;
  readonly taken?: TakenRun;
}

export interface ClaimAfter {
  readonly values: readonly unknown[];
  claimed(row: (EpochRow & TakenRow) | { readonly epoch: null }): ClaimedRun | undefined;
}

export class Leases {
  readonly #database: Database;
  readonly #bootId: string;

  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
  }

  /** The lease, or `undefined` while somebody holds it, or others hold all places of its pool. */
  async claim(job: string, place?: PoolPlace): Promise<Lease | undefined> {
    const { rows } = await this.#database.pool.query<ClaimRow>(
      statements.CLAIM_LEASE,
      this.#claim(job, place),
    );
    return rows[0] && new HeldLease(this.#database, job, rows[0]);
  }

  /**
   * The lease for the job's first due run, taken out of its queue; `undefined` if there is none or the lease is not to
   * be had. Without the run when the one of a holder that died has to be settled first.
   *
   * @throws QueuedRunUnknownError, with the run left where it was
   */
  async claimRun(job: string, place?: PoolPlace): Promise<ClaimedRun | undefined> {
    const { rows } = await this.#database.pool.query<ClaimedRunRow>(statements.CLAIM_RUN, [
      ...this.#claim(job, place),
      ...[queueOf(job), TRIGGER_KINDS],
    ]);
    return rows[0] && this.#claimed(job, rows[0]);
  }

  /** For a claim by the statement that ends the run before it: what to give it, and what to make of its row. */
  claimAfter(job: string): ClaimAfter {
    return {
      values: [this.#bootId, TTL_SECONDS, TRIGGER_KINDS],
      claimed: (row) => {
        if (row.epoch === null) return undefined;
        const taken = takenRun(job, row);
        return { lease: new HeldLease(this.#database, job, row), taken };
      },
    };
  }

  #claim(job: string, place: PoolPlace | undefined): unknown[] {
    return [job, this.#bootId, TTL_SECONDS, place?.pool ?? null, place?.limit ?? null];
  }

  #claimed(job: string, row: ClaimedRunRow): ClaimedRun {
    if (row.is_unknown) throw new QueuedRunUnknownError(job);
    const taken = row.ticket === null ? {} : { taken: takenRun(job, row) };
    return { lease: new HeldLease(this.#database, job, row), ...taken };
  }

  /** The run of a job that is under way on some host, and the epoch in which it may commit. */
  async heldFor(job: string): Promise<{ runId: string; epoch: number } | undefined> {
    const { rows } = await this.#database.pool.query<{ run_id: string; epoch: string }>(
      statements.HELD_FOR,
      [job],
    );
    const [row] = rows;
    return row && { runId: row.run_id, epoch: Number(row.epoch) };
  }
}

class HeldLease implements Lease {
  readonly job: string;
  readonly epoch: number;
  readonly claimedAt: Date;
  readonly abandoned: AbandonedRun | undefined;
  readonly #database: Database;
  readonly #lost = new AbortController();
  readonly #cancel = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #isSettled = false;

  constructor(database: Database, job: string, row: EpochRow | ClaimRow) {
    this.#database = database;
    this.job = job;
    this.epoch = Number(row.epoch);
    this.claimedAt = row.claimed_at;
    this.abandoned = 'abandoned_run' in row ? abandonedRun(row) : undefined;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get cancelAsked(): AbortSignal {
    return this.#cancel.signal;
  }

  async assign(
    { runId, attempt, trigger }: AssignedRun,
    client: Executor = this.#database.pool,
  ): Promise<void> {
    await this.#must(client, statements.ASSIGN_LEASE, [
      runId,
      attempt,
      trigger.kind,
      triggerDetail(trigger),
    ]);
  }

  async forgetAbandonedWith(client: Executor): Promise<void> {
    await this.#must(client, statements.FORGET_ABANDONED);
  }

  // Renewing goes on until disposal: the transaction may not commit, and then the lease is needed for another try.
  async settleBy(record: () => Promise<boolean>): Promise<boolean> {
    // Before it is known: that it is no longer ours may be heard first.
    this.#isSettled = true;
    try {
      this.#isSettled = await record();
      return this.#isSettled;
    } catch (error) {
      this.#isSettled = false;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    if (this.#isSettled || this.#lost.signal.aborted) return;
    // Should this fail, the lease runs out by itself.
    await within(
      RELEASE_MS,
      this.#database.pool.query(statements.RELEASE_LEASE, [this.job, this.epoch]),
    );
  }

  async #must(client: Executor, statement: string, more: readonly unknown[] = []): Promise<void> {
    const { rowCount } = await client.query(statement, [this.job, this.epoch, ...more]);
    if (rowCount === 0) throw new LeaseLostError(this.job);
  }

  async #renew(): Promise<void> {
    // The database is away. Until the lease has surely run out, the run may go on: it cannot commit anyway. Looked at
    // first, since a statement on a connection that went silent neither returns nor fails.
    const askedAt = performance.now();
    if (askedAt - this.#renewedAt > TTL_SECONDS * 1000) return this.#lose();
    try {
      const { rows } = await this.#database.pool.query<{ is_cancel_asked: boolean }>(
        statements.RENEW_LEASE,
        [this.job, this.epoch, TTL_SECONDS],
      );
      const [row] = rows;
      if (row) this.#renewedAt = askedAt;
      // Given back by ourselves, if that transaction committed; if not, the next try of it tells.
      else if (!this.#isSettled) this.#lose();
      // Mostly heard of before, by NOTIFY; that can get lost.
      if (row?.is_cancel_asked) this.#cancel.abort('cancelled' satisfies StopReason);
    } catch {
      // The next one tries again.
    }
  }

  #lose(): void {
    this.#end();
    this.#lost.abort(new Error('the lease is lost'));
  }

  #end(): void {
    clearInterval(this.#timer);
  }
}

function abandonedRun(row: ClaimRow): AbandonedRun | undefined {
  if (row.abandoned_run === null) return undefined;
  return {
    runId: row.abandoned_run,
    attempt: row.abandoned_attempt ?? 1, // assigned together with the run
    startedAt: row.abandoned_at ?? row.claimed_at,
    trigger: row.abandoned_trigger ?? 'unknown',
    triggerDetail: row.abandoned_detail,
    bootId: row.abandoned_boot ?? '',
    epoch: Number(row.abandoned_epoch),
  };
}
