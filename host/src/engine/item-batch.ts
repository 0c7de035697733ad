// Items that a process was given together: which are not over yet, and what came of the others, noted some at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '../database/database-error.ts';
import type { ItemQueue, Settled, TakenItem } from './item-queue.ts';

const SETTLE_EVERY_MS = 250;
const TRY_AGAIN_MS = 500;
const MOST_TRIES = 10;

export class ItemBatch {
  readonly #queue: ItemQueue;
  readonly #open: Map<number, TakenItem>;
  readonly #under: Promise<void>[] = [];
  #unnoted: { item: TakenItem; outcome: Settled }[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param items - of one call */
  constructor(queue: ItemQueue, items: readonly TakenItem[]) {
    this.#queue = queue;
    this.#open = new Map(items.map((item) => [item.index, item]));
  }

  /** Those of which nothing was heard yet. */
  get open(): readonly TakenItem[] {
    return [...this.#open.values()];
  }

  /** Something was heard of it. @returns nothing if it was not given, or is over */
  close(index: number): TakenItem | undefined {
    const item = this.#open.get(index);
    this.#open.delete(index);
    return item;
  }

  /** What came of it, for good. */
  settle(item: TakenItem, outcome: Settled): void {
    this.#unnoted.push({ item, outcome });
    this.#timer ??= setTimeout(() => this.#note(), SETTLE_EVERY_MS);
  }

  /** Has it tried again. */
  again(item: TakenItem, how: Parameters<ItemQueue['again']>[1]): void {
    this.#do(() => this.#queue.again(item, how));
  }

  /** When all is noted. @throws what the database says; then somebody else gets the items */
  async noted(): Promise<void> {
    this.#note();
    await Promise.all(this.#under);
  }

  #note(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const settled = this.#unnoted;
    this.#unnoted = [];
    if (settled.length > 0) this.#do(() => this.#queue.settle(settled));
  }

  #do(note: () => Promise<void>): void {
    const noting = patiently(note);
    noting.catch(() => {}); // heard of in `noted`
    this.#under.push(noting);
  }
}

async function patiently(note: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await note();
    } catch (error) {
      if (!isPassing(error) || tries === MOST_TRIES) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }
}
