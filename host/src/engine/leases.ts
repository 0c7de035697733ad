// The right to run a job now, held by one host at a time. Its epoch rises at each claim and is checked by the
// last statement of every transaction of the job, so a host that was given up commits nothing when it wakes.

import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { within } from '../database/within.ts';
import { BfdError } from '../errors.ts';
import * as statements from './leases.sql.ts';

const TTL_SECONDS = 15;
const RENEW_MS = 3000;
const RELEASE_MS = 2000;

export interface RunKey {
  readonly runId: string;
  readonly attempt: number;
}

/** A run that its holder did not record the end of. */
export interface AbandonedRun extends RunKey {
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
  /**
   * Says which run it is for, so that the next holder can tell what was lost should this host die.
   *
   * @throws {@link LeaseLostError}
   */
  assign(run: RunKey): Promise<void>;
  /**
   * Forgets the abandoned run, inside the transaction that records what became of it.
   *
   * @throws {@link LeaseLostError}
   */
  forgetAbandonedWith(client: Executor): Promise<void>;
  /**
   * Gives it back inside the transaction that records how the run ended, first of all: from then on nobody can take
   * it, and a host that was given up records nothing.
   *
   * @throws {@link LeaseLostError} when it is another's by now
   */
  settleWith(client: Executor): Promise<void>;
}

type Executor = Pick<pg.ClientBase, 'query'>;

interface ClaimRow {
  epoch: string;
  claimed_at: Date;
  abandoned_run: string | null;
  abandoned_attempt: number | null;
  abandoned_at: Date | null;
  abandoned_boot: string | null;
  abandoned_epoch: string | null;
}

export class Leases {
  readonly #database: Database;
  readonly #bootId: string;

  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
  }

  /** The lease, or `undefined` while somebody holds it. */
  async claim(job: string): Promise<Lease | undefined> {
    const { rows } = await this.#database.pool.query<ClaimRow>(statements.CLAIM_LEASE, [
      job,
      this.#bootId,
      TTL_SECONDS,
    ]);
    const [row] = rows;
    if (!row) return undefined;
    return new HeldLease(this.#database, job, row);
  }
}

class HeldLease implements Lease {
  readonly job: string;
  readonly epoch: number;
  readonly claimedAt: Date;
  readonly abandoned: AbandonedRun | undefined;
  readonly #database: Database;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #isSettled = false;

  constructor(database: Database, job: string, row: ClaimRow) {
    this.#database = database;
    this.job = job;
    this.epoch = Number(row.epoch);
    this.claimedAt = row.claimed_at;
    this.abandoned = abandonedRun(row);
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async assign({ runId, attempt }: RunKey): Promise<void> {
    await this.#must(this.#database.pool, statements.ASSIGN_LEASE, [runId, attempt]);
  }

  async forgetAbandonedWith(client: Executor): Promise<void> {
    await this.#must(client, statements.FORGET_ABANDONED);
  }

  // Renewing goes on until disposal: the transaction may not commit, and then the lease is needed for another try.
  async settleWith(client: Executor): Promise<void> {
    await this.#must(client, statements.SETTLE_LEASE);
    this.#isSettled = true;
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
      const { rowCount } = await this.#database.pool.query(statements.RENEW_LEASE, [
        this.job,
        this.epoch,
        TTL_SECONDS,
      ]);
      if (rowCount !== 0) this.#renewedAt = askedAt;
      // Given back by ourselves, if that transaction committed; if not, the next try of it tells.
      else if (!this.#isSettled) this.#lose();
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
    bootId: row.abandoned_boot ?? '',
    epoch: Number(row.abandoned_epoch),
  };
}
