// What people ask of jobs, from the command line and the page alike. Each is one transaction, which also writes down
// who asked, and wakes all hosts.

import type { Client, Database } from '../database/database.ts';
import { type Notice, notify } from '../database/notifications.ts';
import { ASK_CANCEL } from '../engine/leases.sql.ts';
import type { RunQueue } from '../engine/queue.ts';
import type { RunRequests } from '../engine/requests.ts';
import { BfdError } from '../errors.ts';
import type { RunResult } from '../runs/run-store.ts';
import * as statements from './operations.sql.ts';

export type Action = 'run' | 'cancel' | 'pause' | 'resume' | 'release' | 'retry';

/** Who asks, and by which way. */
export interface Asker {
  readonly name: string;
  readonly via: 'command' | 'page';
}

/** A line of the list of what was asked. */
export interface ActionRow {
  readonly at: Date;
  readonly action: Action;
  readonly job: string;
  readonly runId: string | null;
  readonly askedBy: string;
  readonly via: Asker['via'];
}

export type Cancelled =
  /** Its host was told; the run ends within its grace. */
  | { readonly kind: 'asked'; readonly job: string; readonly runId: string }
  /** It had not begun and never will. */
  | { readonly kind: 'withdrawn'; readonly job: string; readonly runId: string };

/** There is nothing that could be cancelled. */
class NothingToCancelError extends BfdError {
  readonly code = 'BFD_NOTHING_TO_CANCEL';
  constructor(what: string) {
    super(
      `${what} neither runs nor waits. \`bfd-host runs\` lists runs, \`bfd-host why\` says more.`,
    );
  }
}

/** There is nothing that could be tried again. */
class NothingToRetryError extends BfdError {
  readonly code = 'BFD_NOTHING_TO_RETRY';
  constructor(what: string, why: string) {
    super(`${what} cannot be tried again: ${why}. \`bfd-host run\` runs a job in any case.`);
  }
}

/** No record and no lease is of this run. */
class UnknownRunError extends BfdError {
  readonly code = 'BFD_RUN_UNKNOWN';
  constructor(runId: string) {
    super(`There is no run ${runId} any more. \`bfd-host runs\` lists those there are.`);
  }
}

/** Made by us: a hexadecimal id, which no job's name is. */
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class Operations {
  readonly #database: Database;
  readonly #queue: RunQueue;
  readonly #requests: RunRequests;
  readonly #asker: Asker;

  constructor(
    { database, queue, requests }: { database: Database; queue: RunQueue; requests: RunRequests },
    asker: Asker,
  ) {
    this.#database = database;
    this.#queue = queue;
    this.#requests = requests;
    this.#asker = asker;
  }

  /**
   * The job that a person means: they may give a job's name or the id of one of its runs.
   *
   * @throws BFD_RUN_UNKNOWN
   */
  async jobOf(target: string): Promise<string> {
    if (!RUN_ID.test(target)) return target;
    const { rows } = await this.#database.pool.query<{ job_name: string }>(statements.JOB_OF_RUN, [
      target,
    ]);
    const [row] = rows;
    if (!row) throw new UnknownRunError(target);
    return row.job_name;
  }

  /** Has a host run it as soon as it may; `false` when a run of it waits already. */
  async run(job: string, priority: number): Promise<boolean> {
    return this.#act('run', job, async (client) => {
      const trigger = { kind: 'manual', requestedBy: this.#asker.name } as const;
      const isNew = await this.#requests.askWith(client, job, trigger, { priority });
      return { result: isNew };
    });
  }

  /**
   * Tells the run of a job to stop wherever it is, or, when there is none, takes back the one that waits.
   *
   * @param target - a job, or the id of a run
   * @throws BFD_NOTHING_TO_CANCEL
   */
  async cancel(target: string): Promise<Cancelled> {
    const job = await this.jobOf(target);
    const wanted = target === job ? null : target;
    return this.#act<Cancelled>('cancel', job, async (client) => {
      const { rows } = await client.query<{ run_id: string }>(ASK_CANCEL, [job, wanted]);
      const [running] = rows;
      if (running) {
        const runId = running.run_id;
        return { result: { kind: 'asked', job, runId }, runId, notice: { kind: 'cancel', runId } };
      }
      for (const waiting of await this.#queue.waiting([job], client)) {
        const { runId } = waiting;
        const isMeant = wanted === null || wanted === runId;
        if (isMeant && (await this.#queue.withdraw(client, waiting))) {
          return { result: { kind: 'withdrawn', job, runId }, runId };
        }
      }
      throw new NothingToCancelError(target);
    });
  }

  /** Lets no run of the job start any more; the one that is running goes on. `false`: it was paused already. */
  async pause(job: string): Promise<boolean> {
    return this.#act('pause', job, async (client) => {
      const { rowCount } = await client.query(statements.PAUSE, [job, this.#asker.name]);
      return { result: rowCount === 1 };
    });
  }

  /** Ends a pause. `false`: it was not paused. */
  async resume(job: string): Promise<boolean> {
    return this.#act('resume', job, async (client) => {
      const { rowCount } = await client.query(statements.RESUME, [job]);
      return { result: rowCount === 1 };
    });
  }

  /** Lets a job back whose process kept dying. `false`: it had not. */
  async release(job: string): Promise<boolean> {
    return this.#act('release', job, async (client) => {
      const { rowCount } = await client.query(statements.RELEASE, [job]);
      return { result: rowCount === 1 };
    });
  }

  /**
   * Tries a run again that did not succeed, as its next attempt.
   *
   * @param target - the id of a run, or a job, whose latest recorded run is meant
   * @throws BFD_NOTHING_TO_RETRY
   */
  async retry(target: string): Promise<{ job: string; runId: string; attempt: number }> {
    const job = await this.jobOf(target);
    return this.#act('retry', job, async (client) => {
      const { rows } = await client.query<LatestAttempt>(statements.LATEST_ATTEMPT, [
        job,
        target === job ? null : target,
      ]);
      const [latest] = rows;
      if (!latest) throw new NothingToRetryError(target, 'no run of it is recorded');
      const why = whyNotAgain(latest);
      if (why) throw new NothingToRetryError(target, why);
      const run = {
        job,
        runId: latest.run_id,
        attempt: latest.attempt + 1,
        trigger: { kind: 'manual', requestedBy: this.#asker.name } as const,
      };
      const isNew = await this.#requests.sendWith(client, run);
      if (!isNew) throw new NothingToRetryError(target, 'a run of the job waits already');
      return { result: { job, runId: run.runId, attempt: run.attempt }, runId: run.runId };
    });
  }

  async actions({ job, limit = 50 }: { job?: string; limit?: number } = {}): Promise<ActionRow[]> {
    const { rows } = await this.#database.pool.query(statements.LIST_ACTIONS, [job ?? null, limit]);
    return rows.map((row) => ({
      at: row.at,
      action: row.action,
      job: row.job_name,
      runId: row.run_id,
      askedBy: row.asked_by,
      via: row.via,
    }));
  }

  async #act<T>(
    action: Action,
    job: string,
    work: (client: Client) => Promise<{ result: T; runId?: string; notice?: Notice }>,
  ): Promise<T> {
    return this.#database.transaction(async (client) => {
      const { result, runId, notice = { kind: 'wake' } } = await work(client);
      const { name, via } = this.#asker;
      // What changed nothing is no action.
      if (result !== false) {
        await client.query(statements.NOTE_ACTION, [action, job, runId ?? null, name, via]);
        await notify(client, notice);
      }
      return result;
    });
  }
}

interface LatestAttempt {
  readonly run_id: string;
  readonly attempt: number;
  readonly result: RunResult | null;
}

function whyNotAgain({ result }: LatestAttempt): string | undefined {
  switch (result) {
    case null:
      return 'it is running';
    case 'succeeded':
      return 'it succeeded';
    case 'failed':
    case 'crashed':
    case 'timed-out':
    case 'cancelled':
    case 'interrupted':
    case 'lost':
      return undefined;
  }
}
