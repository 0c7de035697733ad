// pg-boss, wrapped once so that nothing else knows it. It holds the runs that wait, and says which were being
// worked on by a host that died. When a run may start, and that a job never overlaps itself, is decided by
// gates and leases; so queues have the standard policy (docs/adr/0002).

import type { Trigger } from '@bfd-host/sdk';
import pg from 'pg';
import { type Db, getConstructionPlans, PgBoss } from 'pg-boss';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { ANSWER_MS, type Database, KEEP_ALIVE_MS } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { within } from '../database/within.ts';
import { BfdError } from '../errors.ts';
import { ItemQueue } from './item-queue.ts';

const SCHEMA = 'pgboss';
/** Least that pg-boss allows: how long after a host's death its run is queued again. */
const HEARTBEAT_SECONDS = 10;
const CONNECT_MS = 10_000;
const STOP_MS = 5000;
/** Ids of queued runs are made of what they are for, so that N hosts make one run. */
const NAMESPACE = '6c1f7f0e-8d35-4b67-9d9a-5b1f2a6f3c11';

type Executor = Pick<pg.ClientBase, 'query'>;

const triggerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), scheduledAt: z.string() }),
  z.object({ kind: z.literal('dependency'), upstream: z.string() }),
  z.object({ kind: z.literal('startup') }),
  z.object({ kind: z.literal('manual'), requestedBy: z.string() }),
]) satisfies z.ZodType<Trigger>;

/** Those that this host knows. */
export const TRIGGER_KINDS = triggerSchema.options.map(({ shape }) => shape.kind.value);

const payloadSchema = z.object({
  runId: z.uuid(),
  /** Tries that came to an end before this one was queued. */
  attempt: z.int().min(1),
  trigger: triggerSchema,
});

export class QueuedRunUnknownError extends BfdError {
  readonly code = 'BFD_QUEUED_RUN_UNKNOWN';
  constructor(job: string) {
    super(
      `A queued run of ${job} has a form that this host does not know: a newer one made it. Upgrade this host, or ` +
        'let the newer one run the job.',
    );
  }
}

/** A run that waits or is being worked on. */
export interface QueuedRun {
  readonly job: string;
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: Trigger;
}

/** A run that waits in its job's queue. */
export interface WaitingRun extends QueuedRun {
  readonly ticketId: string;
  readonly dueAt: Date;
  /** It may not start before `dueAt`, which is still to come. */
  readonly isLater: boolean;
}

/** A run taken from the queue by this host. */
export interface TakenRun extends QueuedRun {
  /** Since when it could have started. */
  readonly dueAt: Date;
  readonly ticket: { readonly id: string; readonly retryCount: number };
}

// Through the index of those that wait, however many are done.
const HAS_WAITING = sql`
  select exists (select from pgboss.job where name = $1 and state < 'active' and not blocked) as has`;

const WAITING = sql`
  select name, id, data, retry_count, start_after, start_after > now() as is_later from pgboss.job
   where name = any($1) and state < 'active' order by start_after`;

// Not with pg-boss's own call, which would also remove a run that has just been taken.
const WITHDRAW = sql`delete from pgboss.job where name = $1 and id = $2 and state < 'active'`;

const WAITING_OR_ACTIVE = sql`
  select name, count(*) filter (where state < 'active')::int as waiting,
         count(*) filter (where state = 'active')::int as active
    from pgboss.job where name = any($1) and state <= 'active' group by name`;

// pg-boss gives a run 24 hours at most and its own touch moves only the heartbeat. A load of a billion rows
// takes longer, so what counts as its start is moved along.
const TOUCH = sql`
  update pgboss.job set heartbeat_on = now(), started_on = now()
   where name = $1 and id = $2 and retry_count = $3 and state = 'active'`;

export class RunQueue implements AsyncDisposable {
  readonly #boss: PgBoss;
  readonly #opened: AsyncDisposableStack;
  readonly #database: Database;

  private constructor(boss: PgBoss, opened: AsyncDisposableStack, database: Database) {
    this.#boss = boss;
    this.#opened = opened;
    this.#database = database;
  }

  /**
   * Opens the queues of these jobs, making them and pg-boss's schema as needed.
   *
   * @param onTrouble - told of errors pg-boss meets in the background; it goes on by itself
   */
  static async open(
    database: Database,
    jobs: readonly string[],
    onTrouble: (error: Error) => void,
  ): Promise<RunQueue> {
    // Connections of its own: a transaction of ours that sends must not wait for one of ours to end.
    const pool = new pg.Pool({
      connectionString: database.url,
      max: 2,
      application_name: 'bfd-host queue',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    await using opening = new AsyncDisposableStack();
    // What breaks while everything is let go of is nobody's trouble.
    const tell = (error: Error): void => {
      if (!isClosing) onTrouble(error);
    };
    let isClosing = false;
    pool.on('error', tell);
    opening.defer(() => within(STOP_MS, pool.end()));
    const boss = new PgBoss({
      db: executor(pool),
      schema: SCHEMA,
      schedule: false,
      supervise: true,
      superviseIntervalSeconds: 2,
      monitorIntervalSeconds: 2,
      flowIntervalSeconds: 2,
    });
    boss.on('error', tell);
    opening.defer(() => within(STOP_MS, boss.stop({ graceful: false, close: false })));
    opening.defer(() => {
      isClosing = true;
    });
    await boss.start();
    const existing = new Set((await boss.getQueues()).map(({ name }) => name));
    for (const job of jobs) {
      // Two hosts may come here at once; pg-boss takes the second creation as done.
      if (!existing.has(queueOf(job))) await boss.createQueue(queueOf(job), QUEUE_OPTIONS);
    }
    return new RunQueue(boss, opening.move(), database);
  }

  /** The queue of a job's items. @param bundle - digest of the plugin's code */
  async items(job: string, bundle: string): Promise<ItemQueue> {
    return ItemQueue.open(this.#boss, this.#database, job, bundle);
  }

  /** SQL that makes pg-boss's schema, for a DBA. */
  static schemaSql(): string {
    return getConstructionPlans(SCHEMA);
  }

  /**
   * Puts a run into its job's queue, once per id.
   *
   * @param options.delayMs - not before so much time has passed on the database's clock; at once if absent
   * @returns false when a run of this id was queued before
   */
  async send(
    client: Executor,
    run: QueuedRun,
    options: { priority?: number; delayMs?: number } = {},
  ): Promise<boolean> {
    const id = await this.#boss.send(
      queueOf(run.job),
      { runId: run.runId, attempt: run.attempt, trigger: run.trigger },
      {
        id: ticketId(run),
        db: executor(client),
        ...(options.priority === undefined ? {} : { priority: options.priority }),
        ...(options.delayMs === undefined ? {} : { startAfter: options.delayMs / 1000 }),
      },
    );
    return id !== null;
  }

  /** Whether a run of this job waits, be it for its time. */
  async hasWaiting(client: Executor, job: string): Promise<boolean> {
    const { rows } = await client.query<{ has: boolean }>(HAS_WAITING, [queueOf(job)]);
    return rows[0]?.has ?? false;
  }

  /** How many runs of these jobs wait or are being worked on, by job. Jobs with neither are left out. */
  async depth(jobs: readonly string[], client: Executor = this.#database.pool) {
    const { rows } = await client.query<{ name: string; waiting: number; active: number }>(
      WAITING_OR_ACTIVE,
      [jobs.map(queueOf)],
    );
    return new Map(rows.map(({ name, waiting, active }) => [jobOf(name), { waiting, active }]));
  }

  /** The runs of these jobs that wait, the first one due first. Those of a form that this host does not know are left out. */
  async waiting(
    jobs: readonly string[],
    client: Executor = this.#database.pool,
  ): Promise<WaitingRun[]> {
    const { rows } = await client.query(WAITING, [jobs.map(queueOf)]);
    return rows.flatMap((row): WaitingRun[] => {
      const { data } = payloadSchema.safeParse(row.data);
      if (!data) return [];
      const attempt = data.attempt + row.retry_count;
      const { start_after: dueAt, is_later: isLater } = row;
      return [{ ...data, job: jobOf(row.name), attempt, ticketId: row.id, dueAt, isLater }];
    });
  }

  /** Takes a run out of its queue if it still waits there. */
  async withdraw(client: Executor, { job, ticketId }: WaitingRun): Promise<boolean> {
    const { rowCount } = await client.query(WITHDRAW, [queueOf(job), ticketId]);
    return rowCount === 1;
  }

  /** Shows that the run is alive. */
  async touch(run: TakenRun): Promise<void> {
    await this.#database.pool.query(TOUCH, [
      queueOf(run.job),
      run.ticket.id,
      run.ticket.retryCount,
    ]);
  }

  /** Gives a run another place in the queue, as it was when it got the one it had to give up. */
  async sendBack(client: Executor, { job, runId, attempt, trigger }: QueuedRun): Promise<void> {
    await this.#boss.send(queueOf(job), { runId, attempt, trigger }, { db: executor(client) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

const QUEUE_OPTIONS = {
  policy: 'standard' as const,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: 3600,
  // A dead host's run is queued again; whether it is then retried is the job's retry policy.
  retryLimit: 1000,
  retryDelay: 0,
  deleteAfterSeconds: 3600,
  notify: false,
};

/** How the names of all queues of runs begin. */
export const QUEUE_PREFIX = 'bfd.';
/** Name of a job's queue. */
export const queueOf = (job: string): string => `${QUEUE_PREFIX}${job}`;
const jobOf = (queue: string): string => queue.slice(QUEUE_PREFIX.length);

/** What a queue gives out of a run. */
export interface TakenRow {
  readonly ticket: string;
  readonly data: unknown;
  readonly retry_count: number;
  readonly due_at: Date;
}

/** @throws {@link QueuedRunUnknownError}; when its heartbeat is missed, a host that knows the form may get it */
export function takenRun(
  job: string,
  { ticket, data, retry_count: retryCount, due_at: dueAt }: TakenRow,
): TakenRun {
  const { data: payload } = payloadSchema.safeParse(data);
  if (!payload) throw new QueuedRunUnknownError(job);
  const { runId, trigger } = payload;
  // What pg-boss retried by itself were runs of hosts that died: each was an attempt, too.
  const attempt = payload.attempt + retryCount;
  return { job, runId, attempt, trigger, dueAt, ticket: { id: ticket, retryCount } };
}

function ticketId(run: QueuedRun): string {
  return uuidv5(`${run.runId}/${run.attempt}`, NAMESPACE);
}

/** The run id of one scheduled moment of a job: the same on every host. */
export function runIdOfFire(job: string, scheduledAt: Date): string {
  return uuidv5(`${job}/${scheduledAt.toISOString()}`, NAMESPACE);
}

/** The run id of what somebody else calls one run of a job: the same at each try of it. */
export function runIdOfTries(job: string, name: string): string {
  return uuidv5(`${job}/tries of/${name}`, NAMESPACE);
}

function executor(client: Executor | pg.Pool): Db {
  return {
    executeSql: async (text, values) => {
      const result = await client.query(text, values as unknown[]);
      return { rows: Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows };
    },
  };
}
