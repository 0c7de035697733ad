// What is on its way to a collector: handed over in batches, kept for a while when that does not work, and dropped,
// counted, when there is too much of it. Taking something never waits and never throws.

import { setTimeout as delay } from 'node:timers/promises';

export type SendResult =
  | 'sent'
  /** Not now: the collector is away, busy or slow. */
  | 'again'
  /** In smaller batches. */
  | 'too-large'
  /** Never. */
  | 'refused';

export interface BoundedDeliveryOptions<T> {
  /** Hands a batch over. It settles, one way or another, within some seconds. */
  readonly send: (batch: readonly T[]) => Promise<SendResult>;
  /** Told how many were lost since it was told last; at most every ten seconds, and at the end. */
  readonly onLost: (count: number) => void;
  readonly maxItems?: number;
  readonly batchItems?: number;
  /** How long something may wait for others to go with it. */
  readonly everyMs?: number;
}

const MAX_ITEMS = 4096;
const BATCH_ITEMS = 256;
const EVERY_MS = 1000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const TELL_EVERY_MS = 10_000;

export class BoundedDelivery<T> {
  readonly #options: BoundedDeliveryOptions<T>;
  readonly #maxItems: number;
  readonly #everyMs: number;
  readonly #closing = new AbortController();
  #batchItems: number;
  #waiting: T[] = [];
  /** Of the batch that is being handed over. */
  #underWay = 0;
  #sending: Promise<void> | undefined;
  /** Before the next batch; grows while the collector is away. */
  #waitMs = 0;
  #lost = 0;
  #lostInAll = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: BoundedDeliveryOptions<T>) {
    this.#options = options;
    this.#maxItems = options.maxItems ?? MAX_ITEMS;
    this.#batchItems = options.batchItems ?? BATCH_ITEMS;
    this.#everyMs = options.everyMs ?? EVERY_MS;
  }

  /** How many were lost since it began. */
  get lost(): number {
    return this.#lostInAll;
  }

  add(item: T): void {
    if (this.#closing.signal.aborted) return;
    // The oldest goes: how a run ended says more than how it began.
    if (this.#waiting.length >= this.#maxItems) {
      this.#waiting.shift();
      this.#lose(1);
    }
    this.#waiting.push(item);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Takes nothing more, and hands over what it can within this time. What is left then is lost. */
  async close(budgetMs: number): Promise<void> {
    this.#closing.abort();
    await Promise.race([this.#sending, delay(budgetMs, undefined, { ref: false })]);
    this.#lose(this.#underWay + this.#waiting.length);
    this.#waiting = [];
    this.#tellLost();
  }

  async #send(): Promise<void> {
    await this.#pause(this.#everyMs);
    while (this.#waiting.length > 0) {
      await this.#pause(this.#waitMs);
      const batch = this.#waiting.splice(0, this.#batchItems);
      this.#underWay = batch.length;
      const result = await this.#options.send(batch).catch((): SendResult => 'again');
      this.#underWay = 0;
      this.#settle(batch, result);
      // With no more time than to close, a collector that is away is not asked twice.
      if (result === 'again' && this.#closing.signal.aborted) return;
      if (this.#waiting.length > 0 && this.#waiting.length < this.#batchItems) {
        await this.#pause(this.#everyMs);
      }
    }
  }

  #settle(batch: readonly T[], result: SendResult): void {
    const waitedMs = this.#waitMs;
    this.#waitMs = 0;
    switch (result) {
      case 'sent':
        return;
      case 'again':
        this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, waitedMs * 2));
        this.#putBack(batch);
        return;
      case 'too-large':
        if (batch.length === 1) {
          this.#lose(1);
          return;
        }
        this.#batchItems = batch.length >> 1;
        this.#putBack(batch);
        return;
      case 'refused':
        this.#lose(batch.length);
    }
  }

  #putBack(batch: readonly T[]): void {
    const room = Math.max(0, this.#maxItems - this.#waiting.length);
    const kept = room === 0 ? [] : batch.slice(-room);
    this.#lose(batch.length - kept.length);
    this.#waiting.unshift(...kept);
  }

  /** Ends early when it is closed. */
  async #pause(ms: number): Promise<void> {
    if (ms === 0) return;
    const { signal } = this.#closing;
    await delay(ms, undefined, { signal, ref: false }).catch(() => {});
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#lostInAll += count;
    if (performance.now() - this.#toldAt >= TELL_EVERY_MS) this.#tellLost();
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#toldAt = performance.now();
    const count = this.#lost;
    this.#lost = 0;
    this.#options.onLost(count);
  }
}
