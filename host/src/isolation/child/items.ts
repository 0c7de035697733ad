// Fan-out within the job's own process: items one by one from their source, some at a time, each failure noted and
// none stopping the others.

import { availableParallelism } from 'node:os';
import type { FailedItem, ItemsSettled, Json, Place } from '@bfd-host/sdk';
import { MOST_AT_A_TIME } from '../fan-out-limits.ts';
import { KeptPlaces } from './item-places.ts';
import { jsonText } from './json-text.ts';
import { RuntimeError } from './runtime-error.ts';

const ITEM_BYTES = 64 * 1024;
const RESULT_BYTES = 1024;

export interface ItemFailure {
  readonly code: string;
  readonly places: readonly Place[];
}

export interface ItemWork {
  /** Works on one item. */
  readonly work: (item: Json, index: number) => Promise<unknown>;
  /** What a failed item is listed with. */
  readonly failureOf: (error: unknown) => ItemFailure;
  readonly signal: AbortSignal;
  /** Told of each that is over. */
  readonly onOver?: (index: number, outcome: { result: Json } | { error: unknown }) => void;
}

export async function workOnItems(
  items: Iterable<Json> | AsyncIterable<Json>,
  { concurrency = availableParallelism() }: { concurrency?: number },
  { work, failureOf, signal, onOver }: ItemWork,
): Promise<ItemsSettled> {
  const failed: FailedItem[] = [];
  const kept = new KeptPlaces();
  const results: Json[] = [];
  let done = 0;

  async function workOn(item: Json, index: number): Promise<void> {
    try {
      const result = await work(copyWithin(item, ITEM_BYTES, 'BFD_ITEM_VALUE'), index);
      const kept = copyWithin(result ?? null, RESULT_BYTES, 'BFD_ITEM_RESULT');
      results[index] = kept;
      done++;
      onOver?.(index, { result: kept });
    } catch (error) {
      results[index] = null;
      onOver?.(index, { error });
      const { code, places } = failureOf(error);
      failed.push({ index, code, ...kept.of(places) });
    }
  }

  const most = atATime(concurrency);
  const underWay = new Set<Promise<void>>();
  let index = 0;
  for await (const item of items) {
    signal.throwIfAborted();
    const working = workOn(item, index++).finally(() => underWay.delete(working));
    underWay.add(working);
    if (underWay.size >= most) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  signal.throwIfAborted();
  failed.sort((a, b) => a.index - b.index);
  return { done, failed, results };
}

/** A number of items that can be worked on at a time, whatever number the author gave. */
export function atATime(concurrency: number): number {
  return Math.min(MOST_AT_A_TIME, Math.max(1, Math.ceil(concurrency) || 1));
}

// A copy, as if the item had travelled to another host: what works here must work there.
function copyWithin(
  value: unknown,
  limit: number,
  code: 'BFD_ITEM_VALUE' | 'BFD_ITEM_RESULT',
): Json {
  const { copy, bytes } = jsonCopy(value, limit);
  if (copy === undefined) throw new RuntimeError(code, { bytes, limit });
  return copy;
}

/** A copy of an item and its size; nothing if it is too large, or no JSON. */
export function itemCopy(item: unknown): { value: Json; bytes: number } | undefined {
  const { copy, bytes } = jsonCopy(item, ITEM_BYTES);
  return copy === undefined ? undefined : { value: copy, bytes };
}

function jsonCopy(value: unknown, limit: number): { copy?: Json; bytes: number } {
  const text = jsonText(value);
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  return text === undefined || bytes > limit ? { bytes } : { copy: JSON.parse(text), bytes };
}
