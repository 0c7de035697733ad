// Items of `ctx.forEach` on their way to whatever host works on them. A queue of pg-boss for each job and bundle, so that
// an item meets the code that its run has. Here is also the join: an item is over when its ticket is completed, well or
// not, and the run reads what came of all of them.

import { createHash } from 'node:crypto';
import type { Json } from '@bfd-host/sdk';
import type { PgBoss } from 'pg-boss';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { ErrorEnvelope, PlacedItem } from '../isolation/job-process.ts';

/** Which call of `forEach`, in which run. */
export interface ItemCall {
  readonly runId: string;
  /** The how many-eth of the run, from 0. */
  readonly call: number;
  /** Of the run's lease: what an item commits is fenced by it. */
  readonly epoch: number;
  /** W3C trace context of the run. */
  readonly traceparent?: string;
  /** How many at a time in one process; the number of its cores if absent. */
  readonly concurrency?: number;
}

/** An item taken by this host. */
export interface TakenItem extends ItemCall {
  readonly index: number;
  readonly item: Json;
  /** Tries that failed before, and this one. */
  readonly attempt: number;
  /** Whether a process died with it beside others: it is tried alone then. */
  readonly isSuspect: boolean;
  readonly ticket: { readonly id: string; readonly retryCount: number };
}

/** What came of an item, for good. */
export type Settled = { readonly result: Json } | { readonly error: ItemError };

export interface ItemError extends Pick<ErrorEnvelope, 'code'> {
  /** What the job says itself is wrong, and where; absent if it says nothing of the kind. */
  readonly places?: ErrorEnvelope['places'];
}

export interface ItemsProgress {
  readonly done: number;
  readonly left: number;
}

const jsonSchema: z.ZodType<Json> = z.json();

const payloadSchema = z.object({
  runId: z.uuid(),
  call: z.int().min(0),
  index: z.int().min(0),
  epoch: z.int(),
  attempt: z.int().min(1),
  isSuspect: z.boolean().default(false),
  traceparent: z.string().optional(),
  concurrency: z.int().min(1).optional(),
  item: jsonSchema,
});

type Payload = z.infer<typeof payloadSchema>;

/** Of tickets, within a run: the same item at the same place is the same ticket, also in the run's next attempt. */
const NAMESPACE = 'b7a1f1c5-1f8c-4a5c-9b52-0a9c4b0c6f3e';
const HEARTBEAT_SECONDS = 10;
const WEEK_SECONDS = 7 * 86_400;

const COUNT = sql`
  select count(*) filter (where state < 'completed')::int as left, count(*)::int as all
    from pgboss.job where name = $1 and data ->> 'runId' = $2`;

// A run that goes on in another attempt has another epoch, and its items must, or they could not commit. What failed in an
// earlier attempt is put in anew.
const ADOPT = sql`
  with failed as (
    delete from pgboss.job where name = $1 and id = any($2) and state = 'completed' and output ? 'error'
  )
  update pgboss.job set data = jsonb_set(data, '{epoch}', to_jsonb($3::bigint))
   where name = $1 and id = any($2) and state < 'completed'`;

const KEEP_ONLY = sql`delete from pgboss.job where name = $1 and not id = any($2)`;
const WITHDRAW = sql`delete from pgboss.job where name = $1 and state < 'completed' and data ->> 'runId' = $2`;
const CLEAR = sql`delete from pgboss.job where name = $1 and state = 'completed' and not output ? 'error'`;

const FORGET = sql`
  delete from pgboss.job
   where name = $1 and id = $2 and retry_count = $3 and state = 'active' and (data ->> 'epoch')::bigint = $4`;

// As pg-boss completes a job, many at once, and none that somebody else has by now. The item itself is somebody's data:
// one that failed stays for its code and its place, without it. The ids are told twice: so they are looked up by the key,
// and not joined with all that is in the queue.
const SETTLE = sql`
  update pgboss.job j set state = 'completed', completed_on = now(), output = mine.output::jsonb, data = j.data - 'item'
    from unnest($2::uuid[], $3::int[], $4::text[]) as mine (id, retry_count, output)
   where j.name = $1 and j.id = any($2) and j.id = mine.id and j.retry_count = mine.retry_count and j.state = 'active'`;

const OUTCOMES = sql`
  select id, output from pgboss.job where name = $1 and id = any($2) and state = 'completed'`;

const TOUCH = sql`
  update pgboss.job j set heartbeat_on = now(), started_on = now()
    from unnest($2::uuid[], $3::int[]) as mine (id, retry_count)
   where j.name = $1 and j.id = any($2) and j.id = mine.id and j.retry_count = mine.retry_count and j.state = 'active'
  returning j.id`;

// Back into the queue as the same ticket, which is how the run knows it.
const AGAIN = sql`
  update pgboss.job
     set state = 'retry', data = data || $4::jsonb, start_after = now() + make_interval(secs => $5),
         started_on = null, heartbeat_on = null
   where name = $1 and id = $2 and retry_count = $3 and state = 'active'`;

export class ItemQueue {
  readonly #boss: PgBoss;
  readonly #database: Database;
  readonly #name: string;

  private constructor(boss: PgBoss, database: Database, name: string) {
    this.#boss = boss;
    this.#database = database;
    this.#name = name;
  }

  /** @param bundle - digest of the plugin's code: only hosts with the same work on these items */
  static async open(
    boss: PgBoss,
    database: Database,
    job: string,
    bundle: string,
  ): Promise<ItemQueue> {
    const name = `bfd-items.${job}.${bundle.slice(0, 12)}`;
    await boss.createQueue(name, {
      policy: 'standard',
      partition: true,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: 3600,
      // Whether an item that failed is tried again is decided by whoever worked on it; what pg-boss brings back is
      // of hosts that died.
      retryLimit: 1000,
      retryDelay: 0,
      deleteAfterSeconds: WEEK_SECONDS,
      notify: false,
    });
    return new ItemQueue(boss, database, name);
  }

  /**
   * Puts items in, or finds those again that an earlier attempt of the run put in: what is done is not done again, what
   * failed is.
   *
   * @returns their tickets, in order
   */
  async put(call: ItemCall, items: readonly PlacedItem[]): Promise<string[]> {
    const tickets = items.map(({ index, item }) => ({
      id: ticketId(call, index, item),
      data: { ...call, index, attempt: 1, item } satisfies z.input<typeof payloadSchema>,
    }));
    const ids = tickets.map(({ id }) => id);
    const isIn = await this.#boss.insert(this.#name, tickets, { returnId: true });
    if (isIn?.length === ids.length) return ids;
    // Some were there. First adopted, which nobody forgets then; and what was forgotten, or had failed, is put in.
    await this.#database.pool.query(ADOPT, [this.#name, ids, call.epoch]);
    await this.#boss.insert(this.#name, tickets);
    return ids;
  }

  /** Removes what is left of other runs and calls, and of items that the run has no more. */
  async keepOnly(ids: readonly string[]): Promise<void> {
    await this.#database.pool.query(KEEP_ONLY, [this.#name, ids]);
  }

  /** How far the items of a run are. */
  async progress(runId: string): Promise<ItemsProgress> {
    const { rows } = await this.#database.pool.query<{ left: number; all: number }>(COUNT, [
      this.#name,
      runId,
    ]);
    const { left = 0, all = 0 } = rows[0] ?? {};
    return { done: all - left, left };
  }

  /** What came of these, by ticket. */
  async outcomes(ids: readonly string[]): Promise<Map<string, Settled>> {
    const { rows } = await this.#database.pool.query<{ id: string; output: Settled }>(OUTCOMES, [
      this.#name,
      ids,
    ]);
    return new Map(rows.map(({ id, output }) => [id, output]));
  }

  /** Takes back the items of a run that are not over. Who works on one finds it gone, and the run may put it in again. */
  async withdraw(runId: string): Promise<void> {
    await this.#database.pool.query(WITHDRAW, [this.#name, runId]);
  }

  /** Forgets what went well: the run has what it wanted. What failed stays to be looked at until the next run. */
  async clear(): Promise<void> {
    await this.#database.pool.query(CLEAR, [this.#name]);
  }

  /** Takes up to so many. Touch them until they are settled, or another host gets them. */
  async take(most: number): Promise<TakenItem[]> {
    const taken = await this.#boss.fetch(this.#name, { batchSize: most });
    return taken.flatMap(({ id, retryCount, data }) => {
      const { data: payload } = payloadSchema.safeParse(data);
      return payload ? [{ ...toItem(payload), ticket: { id, retryCount } }] : [];
    });
  }

  /** Shows that they are alive. @returns tickets that are still ours */
  async touch(items: readonly TakenItem[]): Promise<Set<string>> {
    const { rows } = await this.#database.pool.query<{ id: string }>(TOUCH, [
      this.#name,
      items.map(({ ticket }) => ticket.id),
      items.map(({ ticket }) => ticket.retryCount),
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Notes what came of items, for good. */
  async settle(settled: readonly { item: TakenItem; outcome: Settled }[]): Promise<void> {
    await this.#database.pool.query(SETTLE, [
      this.#name,
      settled.map(({ item }) => item.ticket.id),
      settled.map(({ item }) => item.ticket.retryCount),
      settled.map(({ outcome }) => JSON.stringify(outcome)),
    ]);
  }

  /** Drops an item whose run is over, unless another attempt of the run has adopted it meanwhile. */
  async forget({ ticket, epoch }: TakenItem): Promise<void> {
    await this.#database.pool.query(FORGET, [this.#name, ticket.id, ticket.retryCount, epoch]);
  }

  /** Has an item tried again, by whatever host: after a failure, or because it could not be worked on here. */
  async again(
    item: TakenItem,
    {
      delayMs = 0,
      isFailure,
      isSuspect,
    }: { delayMs?: number; isFailure: boolean; isSuspect: boolean },
  ): Promise<void> {
    const { ticket } = item;
    const changes = { attempt: isFailure ? item.attempt + 1 : item.attempt, isSuspect };
    await this.#database.pool.query(AGAIN, [
      this.#name,
      ticket.id,
      ticket.retryCount,
      JSON.stringify(changes),
      delayMs / 1000,
    ]);
  }
}

function toItem({ traceparent, concurrency, ...payload }: Payload): Omit<TakenItem, 'ticket'> {
  return {
    ...payload,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

function ticketId({ runId, call }: ItemCall, index: number, item: Json): string {
  const digest = createHash('sha256').update(JSON.stringify(item)).digest('hex');
  return uuidv5(`${runId}/${call}/${index}/${digest}`, NAMESPACE);
}
