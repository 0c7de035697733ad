// Works on items of a job's runs, on whatever host has the job: takes some, gives them to a process of the job that is
// there for items, and notes what came of each. They take no place of the runs'.

import { availableParallelism } from 'node:os';
import type { HostJob } from '../catalog/host-job.ts';
import { within } from '../database/within.ts';
import { BfdError } from '../errors.ts';
import { MOST_ITEMS_GIVEN } from '../isolation/fan-out-limits.ts';
import type { ErrorEnvelope, ItemOutcome, RunEnd, RunHooks } from '../isolation/job-process.ts';
import type { RunDeps } from '../runs/execute-run.ts';
import { placeText } from '../runs/place-text.ts';
import { ItemBatch } from './item-batch.ts';
import type { ItemQueue, TakenItem } from './item-queue.ts';
import type { Leases } from './leases.ts';
import { retryDelayMs } from './retry-policy.ts';

export interface ItemWorkerOptions {
  readonly job: HostJob;
  readonly queue: ItemQueue;
  readonly leases: Pick<Leases, 'heldFor'>;
  readonly runs: Pick<RunDeps, 'processes' | 'specOf' | 'events' | 'tracing'>;
  /** What items get to end when they are told to stop. */
  readonly graceMs: number;
  /** Whether a run is one of this host's: no other host does better where it cannot work on items. */
  isOurs(runId: string): boolean;
  onTrouble(error: unknown): void;
}

/** What is taken at a time is meant to take so long. */
const BATCH_MS = 1000;
/** What takes long is not to wait here while another host has nothing to do. */
const FIRST_BATCH = 1;
const QUICK_MS = 300;
const TOUCH_MS = 4000;
const STOP_MS = 4000;
/** Until an item comes again that could not be worked on through no fault of its own. */
const LATER_MS = 2000;

class ItemsNotStartedError extends BfdError {
  readonly code = 'BFD_ITEMS_NOT_STARTED';
  constructor(job: string, { code, message }: ErrorEnvelope) {
    super(
      `This host cannot work on items of ${job}, and leaves them to others: ${message} (${code}).`,
    );
  }
}

type Attempt = Pick<TakenItem, 'runId' | 'epoch'>;

export class ItemWorker {
  readonly #options: ItemWorkerOptions;
  #size = FIRST_BATCH;
  #working: Promise<void> | undefined;
  #lookAgain = false;
  #isStopping = false;
  #lastMs = Number.POSITIVE_INFINITY;
  /** What was taken to be worked on next. */
  #ahead: Promise<TakenItem[] | undefined> | undefined;
  #noting = Promise.resolve();
  #current: (Attempt & { readonly stop: AbortController }) | undefined;
  /** Was told to be over, and may hold its lease for a moment still. */
  #over: Attempt | undefined;

  constructor(options: ItemWorkerOptions) {
    this.#options = options;
  }

  /** There may be items. */
  wake(): void {
    if (this.#isStopping) return;
    this.#lookAgain = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#lookAgain) this.wake();
    });
  }

  /** Ends what is worked on for a run. */
  cancel(runId: string): void {
    if (this.#current?.runId !== runId) return;
    this.#over = this.#current;
    this.#current.stop.abort();
  }

  /** Takes nothing more, and leaves to others what is not done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#current?.stop.abort();
    if (this.#working) await within(this.#options.graceMs + STOP_MS, this.#working);
  }

  async #work(): Promise<void> {
    this.#lookAgain = false;
    try {
      while (!this.#isStopping) {
        const items = await (this.#ahead ?? this.#take());
        // While these are worked on, if that is a matter of a moment: nobody else could begin with the next ones earlier.
        this.#ahead = items && this.#lastMs < QUICK_MS ? this.#take() : undefined;
        this.#ahead?.catch(() => {}); // heard of when it is awaited
        if (!items) return;
        for (const group of groups(items)) await this.#workOn(group);
      }
    } catch (error) {
      this.#options.onTrouble(error);
    } finally {
      await this.#leaveAhead();
      await this.#noting;
    }
  }

  async #leaveAhead(): Promise<void> {
    const items = await this.#ahead?.catch(() => undefined);
    this.#ahead = undefined;
    if (!items) return;
    const batch = new ItemBatch(this.#options.queue, items);
    for (const item of items) this.#later(batch, item, 0);
    await batch.noted().catch(() => {}); // they are missed in a while, and come again
  }

  /** Items that a run waits for; nothing when there are none at all. */
  async #take(): Promise<TakenItem[] | undefined> {
    const { queue, leases, job } = this.#options;
    const taken = await queue.take(this.#size);
    if (taken.length === 0) return undefined;
    const held = await leases.heldFor(job.name);
    const wanted: TakenItem[] = [];
    for (const item of taken) {
      if (held && isOf(held, item) && !(this.#over && isOf(this.#over, item))) {
        wanted.push(item);
        continue;
      }
      if (held?.runId !== item.runId) await queue.forget(item);
      // Still there: the run's next attempt has it, or is about to.
      await queue.again(item, { delayMs: LATER_MS, isFailure: false, isSuspect: item.isSuspect });
    }
    return wanted;
  }

  async #workOn(items: readonly TakenItem[]): Promise<void> {
    const { queue } = this.#options;
    const [first] = items;
    if (!first) return;
    const batch = new ItemBatch(queue, items);
    const stop = new AbortController();
    this.#current = { runId: first.runId, epoch: first.epoch, stop };
    if (this.#isStopping) stop.abort();
    const touching = setInterval(() => void queue.touch(batch.open).catch(() => {}), TOUCH_MS);
    const began = performance.now();
    try {
      const end = await this.#inProcess(first, batch, stop.signal);
      this.#takeRest(batch, end, stop.signal);
      this.#lastMs = performance.now() - began;
      this.#adapt(items.length, this.#lastMs, first.concurrency);
    } finally {
      clearInterval(touching);
      this.#current = undefined;
    }
    await this.#noting;
    // Beside what comes next. Should it fail, whoever gets the items then goes on.
    this.#noting = batch.noted().catch(this.#options.onTrouble);
  }

  async #inProcess(first: TakenItem, batch: ItemBatch, signal: AbortSignal): Promise<RunEnd> {
    const { job, runs, graceMs } = this.#options;
    const { events, tracing, processes } = runs;
    const { runId, epoch, traceparent, concurrency } = first;
    const hooks: RunHooks = {
      workStarts: () => {},
      progress: () => {},
      log: (line) => events.emit({ event: 'job.log', job: job.name, runId, ...line }),
      spans: (spans) => tracing.add(spans),
      blocked: ({ message }) => events.emit({ event: 'job.blocked-loop', job: job.name, message }),
      itemsOver: (outcomes) => {
        for (const outcome of outcomes) this.#told(batch, outcome);
      },
    };
    const request = {
      runId,
      epoch,
      graceMs,
      items: batch.open.map(({ index, attempt, item }) => ({ index, attempt, item })),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(concurrency === undefined ? {} : { concurrency }),
    };
    const spec = { ...(await runs.specOf(job)), purpose: 'items' as const };
    return processes.run(spec, request, hooks, signal);
  }

  #told(batch: ItemBatch, outcome: ItemOutcome): void {
    const item = batch.close(outcome.index);
    if (!item) return;
    if ('result' in outcome) batch.settle(item, { result: outcome.result });
    else if (outcome.error.code === 'BFD_LEASE_LOST') this.#later(batch, item);
    else this.#failed(batch, item, outcome.error, 'failed');
  }

  // What becomes of those of which nothing was heard before the process was done.
  #takeRest(batch: ItemBatch, end: RunEnd, signal: AbortSignal): void {
    const { job, isOurs, onTrouble } = this.#options;
    const left = batch.open;
    const [first] = left;
    if (!first) return;
    for (const { index } of left) batch.close(index);
    if (end.kind === 'returned' || signal.aborted) {
      for (const item of left) this.#later(batch, item, 0);
    } else if (end.kind === 'died' && left.length > 1) {
      // One of them did it: each is tried alone.
      for (const item of left) batch.again(item, { isFailure: false, isSuspect: true });
    } else if (end.kind === 'threw' && !isOurs(first.runId)) {
      onTrouble(new ItemsNotStartedError(job.name, end.error));
      for (const item of left) this.#later(batch, item);
    } else {
      const result = end.kind === 'died' ? 'crashed' : 'failed';
      for (const item of left) this.#failed(batch, item, end.error, result);
    }
  }

  #failed(
    batch: ItemBatch,
    item: TakenItem,
    error: ErrorEnvelope,
    result: 'failed' | 'crashed',
  ): void {
    const { job, runs } = this.#options;
    const { runId, index, attempt, isSuspect } = item;
    const delayMs = retryDelayMs(attempt, { result, error }, job.retries);
    if (delayMs !== undefined) {
      batch.again(item, { delayMs, isFailure: true, isSuspect });
      return;
    }
    const { code: errorCode, message } = error;
    // Where in the bundle an error came from matters here, and not to whoever has the item's data.
    const places = error.places.filter(({ file }) => file !== job.plugin.manifest.entry);
    const hasPlaces = places.length > 0;
    batch.settle(item, { error: { code: errorCode, ...(hasPlaces && { places }) } });
    runs.events.emit({
      event: 'item.failed',
      job: job.name,
      runId,
      index,
      attempt,
      errorCode,
      error: message,
      ...(error.places.length > 0 && { places: error.places.map(placeText) }),
    });
  }

  #later(batch: ItemBatch, item: TakenItem, delayMs = LATER_MS): void {
    batch.again(item, { delayMs, isFailure: false, isSuspect: item.isSuspect });
  }

  // Never fewer than are worked on at a time, however long they take.
  #adapt(items: number, ms: number, concurrency = availableParallelism()): void {
    if (items < this.#size) return;
    const fitting = Math.round((items * BATCH_MS) / Math.max(1, ms));
    const most = Math.min(Math.max(concurrency, this.#size * 2), MOST_ITEMS_GIVEN);
    this.#size = Math.min(Math.max(concurrency, fitting), most);
  }
}

function isOf({ runId, epoch }: Attempt, item: TakenItem): boolean {
  return item.runId === runId && item.epoch === epoch;
}

/** Suspects alone, the others by call: what a process is given together. */
function groups(items: readonly TakenItem[]): TakenItem[][] {
  const suspects = items.filter(({ isSuspect }) => isSuspect).map((item) => [item]);
  const others = Map.groupBy(
    items.filter(({ isSuspect }) => !isSuspect),
    ({ call }) => call,
  );
  return [...others.values(), ...suspects];
}
