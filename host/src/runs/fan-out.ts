// The items of one run's `ctx.forEach`, spread over all hosts: put into the queue as they come, counted until none is
// left, and read what came of them. Whatever attempt of the run puts an item in again finds what is done already.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '@bfd-host/sdk';
import type { Database } from '../database/database.ts';
import { isPassing } from '../database/database-error.ts';
import { notify } from '../database/notifications.ts';
import type { ItemCall, ItemQueue, Settled } from '../engine/item-queue.ts';
import { MOST_ITEMS, MOST_PLACES_OF_ITEMS } from '../isolation/fan-out-limits.ts';
import { FanOutRefusal } from '../isolation/fan-out-passing.ts';
import type { FanOutHooks, ItemsOver, PlacedItem } from '../isolation/job-process.ts';
import type { RunProgress } from './run-store.ts';

export type FanOutRun = Pick<ItemCall, 'runId' | 'epoch' | 'traceparent'>;

interface Ticket {
  /** Place of the item among those of its call. */
  readonly index: number;
  readonly id: string;
}

const GONE: Settled = { error: { code: 'BFD_ITEM_GONE' } };

const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;
const OUTCOMES_AT_A_TIME = 5000;
const TRY_AGAIN_MS = 500;

export class FanOut {
  readonly #run: FanOutRun;
  readonly #queue: ItemQueue;
  readonly #database: Database;
  readonly #isOver = new AbortController();
  readonly #calls = new Map<number, Ticket[]>();

  constructor(run: FanOutRun, queue: ItemQueue, database: Database) {
    this.#run = run;
    this.#queue = queue;
    this.#database = database;
  }

  /** @param tell - how far the items of the run are, when that has changed */
  hooks(tell: (progress: RunProgress) => void): FanOutHooks {
    return {
      put: (call, items, concurrency) => this.#put(call, items, concurrency),
      join: (call) => this.#join(call, tell),
    };
  }

  /**
   * The run is over. What is left of its items is taken back, and who works on one is told to stop. Unless the run
   * succeeded, its next attempt goes on with what is done.
   */
  async close({ hasSucceeded }: { hasSucceeded: boolean }): Promise<void> {
    this.#isOver.abort();
    if (this.#calls.size === 0) return;
    const { runId } = this.#run;
    if (hasSucceeded) return this.#queue.clear();
    await this.#queue.withdraw(runId);
    // Not `cancel`: this run has ended by itself, and how is about to be recorded.
    await notify(this.#database.pool, { kind: 'items-over', runId });
  }

  async #put(
    number: number,
    items: readonly PlacedItem[],
    concurrency: number | undefined,
  ): Promise<void> {
    const tickets = this.#calls.get(number) ?? [];
    this.#calls.set(number, tickets);
    if (tickets.length + items.length > MOST_ITEMS) throw new FanOutRefusal('BFD_FAN_OUT_TOO_MANY');
    const itemCall: ItemCall = {
      ...this.#run,
      call: number,
      ...(concurrency === undefined ? {} : { concurrency }),
    };
    const ids = await this.#patiently(() => this.#queue.put(itemCall, items));
    for (const [place, { index }] of items.entries()) tickets.push({ index, id: ids[place] ?? '' });
    void notify(this.#database.pool, { kind: 'wake' }).catch(() => {}); // hosts look by themselves, too
  }

  async #join(number: number, tell: (progress: RunProgress) => void): Promise<ItemsOver> {
    const tickets = this.#calls.get(number) ?? [];
    const all = [...this.#calls.values()].flat().map(({ id }) => id);
    await this.#patiently(() => this.#queue.keepOnly(all));
    let before: { readonly done: number; readonly atMs: number } | undefined;
    for (;;) {
      const atMs = performance.now();
      const { done, left } = await this.#patiently(() => this.#queue.progress(this.#run.runId));
      if (done !== before?.done) tell({ done, total: done + left, unit: 'items' });
      if (left === 0) return this.#settled(tickets);
      const perItemMs = before ? (atMs - before.atMs) / (done - before.done) : 0;
      before = { done, atMs };
      // About when they end, if that is soon. A long queue takes long to count, so that is done less often.
      const waitMs = Math.max(FIRST_LOOK_MS, Math.min(LAST_LOOK_MS, left * perItemMs));
      const countedMs = performance.now() - atMs;
      await sleep(Math.max(waitMs, 10 * countedMs), undefined, { signal: this.#isOver.signal });
    }
  }

  async #settled(tickets: readonly Ticket[]): Promise<ItemsOver> {
    const failed: ItemsOver['failed'][number][] = [];
    let placesLeft = MOST_PLACES_OF_ITEMS;
    const results: Json[] = [];
    let done = 0;
    for (let from = 0; from < tickets.length; from += OUTCOMES_AT_A_TIME) {
      const some = tickets.slice(from, from + OUTCOMES_AT_A_TIME);
      const ids = some.map(({ id }) => id);
      const outcomes = await this.#patiently(() => this.#queue.outcomes(ids));
      for (const { index, id } of some) {
        const outcome = outcomes.get(id) ?? GONE;
        results[index] = 'result' in outcome ? outcome.result : null;
        if ('result' in outcome) {
          done++;
          continue;
        }
        const { code, places = [] } = outcome.error;
        const kept = places.slice(0, placesLeft);
        placesLeft -= kept.length;
        failed.push({ index, code, ...(kept.length > 0 && { places: kept }) });
      }
    }
    // Places of what was no item stay empty, which JSON knows as null.
    return { done, failed, results: Array.from(results, (result) => result ?? null) };
  }

  /** For as long as the run goes on: a database that is away is back in a moment. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (this.#isOver.signal.aborted) throw error;
        if (!isPassing(error)) throw new FanOutRefusal('BFD_FAN_OUT_FAILED', error);
        await sleep(TRY_AGAIN_MS, undefined, { signal: this.#isOver.signal });
      }
    }
  }
}
