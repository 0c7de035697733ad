// Asking for a run. A job that already has one waiting gets no second: fires during a run, and asks from
// several hosts, become one next run.

import { randomUUID } from 'node:crypto';
import type { Trigger } from '@bfd-host/sdk';
import type { Client, Database } from '../database/database.ts';
import { notify } from '../database/notifications.ts';
import { sql } from '../database/sql.ts';
import { type QueuedRun, type RunQueue, runIdOfFire } from './queue.ts';

const NOTE_FIRE = sql`
  insert into bfd_host.fire (job_name, scheduled_at, run_id) values ($1, $2, $3)
  on conflict (job_name, scheduled_at) do nothing`;

const NOTE_COALESCED = sql`
  update bfd_host.fire set coalesced = true, run_id = null where job_name = $1 and scheduled_at = $2`;

const PRUNE_FIRES = sql`delete from bfd_host.fire where scheduled_at < now() - interval '2 days'`;

// Two hosts asking for the same job take turns, or both would see nothing waiting.
const TAKE_TURNS = sql`select pg_advisory_xact_lock(hashtextextended('bfd_host.request/' || $1, 0))`;

export interface RequestOptions {
  readonly priority?: number;
}

export class RunRequests {
  readonly #database: Database;
  readonly #queue: RunQueue;

  constructor(database: Database, queue: RunQueue) {
    this.#database = database;
    this.#queue = queue;
  }

  /** One scheduled moment: makes at most one run, on however many hosts it is seen. */
  async fire(job: string, scheduledAt: Date, options: RequestOptions = {}): Promise<boolean> {
    return this.#database.transaction(async (client) => {
      const runId = runIdOfFire(job, scheduledAt);
      const { rowCount } = await client.query(NOTE_FIRE, [job, scheduledAt, runId]);
      if (rowCount === 0) return false;
      const trigger: Trigger = { kind: 'schedule', scheduledAt: scheduledAt.toISOString() };
      const isNew = await this.#ask(client, { job, runId, attempt: 1, trigger }, options);
      if (!isNew) await client.query(NOTE_COALESCED, [job, scheduledAt]);
      return isNew;
    });
  }

  /** A run for any other reason. */
  async ask(job: string, trigger: Trigger, options: RequestOptions = {}): Promise<boolean> {
    return this.#database.transaction((client) => this.askWith(client, job, trigger, options));
  }

  /** The same, within the transaction that gives the reason. */
  async askWith(
    client: Client,
    job: string,
    trigger: Trigger,
    options: RequestOptions = {},
  ): Promise<boolean> {
    return this.#ask(client, { job, runId: randomUUID(), attempt: 1, trigger }, options);
  }

  /** A run that is known already, such as another attempt; `false` when one of its job waits. */
  async sendWith(client: Client, run: QueuedRun, options: RequestOptions = {}): Promise<boolean> {
    return this.#ask(client, run, options);
  }

  /** Forgets fires too old to come again. */
  async prune(): Promise<void> {
    await this.#database.pool.query(PRUNE_FIRES);
  }

  async #ask(client: Client, run: QueuedRun, options: RequestOptions): Promise<boolean> {
    await client.query(TAKE_TURNS, [run.job]);
    if (await this.#queue.hasWaiting(client, run.job)) return false;
    const isNew = await this.#queue.send(client, run, options);
    if (isNew) await notify(client, { kind: 'wake' });
    return isNew;
  }
}
