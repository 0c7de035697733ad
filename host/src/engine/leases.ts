// The right to run a job now, held by one host at a time. Its epoch rises at each claim and is checked by the
// last statement of every transaction of the job, so a host that was given up commits nothing when it wakes.

import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { ASSIGN_LEASE, CLAIM_LEASE, RELEASE_LEASE, RENEW_LEASE } from './leases.sql.ts';

const TTL_SECONDS = 15;
const RENEW_MS = 3000;

export interface RunKey {
  readonly runId: string;
  readonly attempt: number;
}

export interface AbandonedRun extends RunKey {
  readonly startedAt: Date;
}

export interface Lease extends AsyncDisposable {
  readonly job: string;
  readonly epoch: number;
  /** By the database's clock. */
  readonly claimedAt: Date;
  /** The run of a host that died with this lease, if that is how it became free. */
  readonly abandoned: AbandonedRun | undefined;
  /** Aborts when the lease is no longer ours, or can no longer be shown to be. */
  readonly lost: AbortSignal;
  /** Says which run it is for, so that the next holder can tell what was lost should this host die. */
  assign(run: RunKey): Promise<void>;
  /** Gives it back inside the transaction that records how the run ended. */
  releaseWith(client: Pick<pg.ClientBase, 'query'>): Promise<void>;
}

interface ClaimRow {
  epoch: string;
  claimed_at: Date;
  abandoned_run: string | null;
  abandoned_attempt: number | null;
  abandoned_at: Date | null;
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
    const { rows } = await this.#database.pool.query<ClaimRow>(CLAIM_LEASE, [
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
  #isReleased = false;

  constructor(database: Database, job: string, row: ClaimRow) {
    this.#database = database;
    this.job = job;
    this.epoch = Number(row.epoch);
    this.claimedAt = row.claimed_at;
    this.abandoned =
      row.abandoned_run === null
        ? undefined
        : {
            runId: row.abandoned_run,
            attempt: row.abandoned_attempt ?? 1,
            startedAt: row.abandoned_at ?? row.claimed_at,
          };
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async assign({ runId, attempt }: RunKey): Promise<void> {
    await this.#database.pool.query(ASSIGN_LEASE, [this.job, this.epoch, runId, attempt]);
  }

  async releaseWith(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
    this.#end();
    await client.query(RELEASE_LEASE, [this.job, this.epoch]);
    this.#isReleased = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    if (this.#isReleased) return;
    // Should this fail too, the lease runs out by itself.
    await this.#database.pool.query(RELEASE_LEASE, [this.job, this.epoch]).catch(() => {});
  }

  async #renew(): Promise<void> {
    const askedAt = performance.now();
    try {
      const { rowCount } = await this.#database.pool.query(RENEW_LEASE, [
        this.job,
        this.epoch,
        TTL_SECONDS,
      ]);
      if (rowCount === 0) return this.#lose();
      this.#renewedAt = askedAt;
    } catch {
      // The database is away. Until the lease has surely run out, the run may go on: it cannot commit anyway.
      if (performance.now() - this.#renewedAt > TTL_SECONDS * 1000) this.#lose();
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
