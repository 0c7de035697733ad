// Fan-out within the job's own process: items one by one from their source, some at a time, each failure noted and
// none stopping the others.

import { availableParallelism } from 'node:os';
import type { ItemsSettled, Json } from '@bfd-host/sdk';
import { jsonText } from './json-text.ts';
import { RuntimeError } from './runtime-error.ts';

const ITEM_BYTES = 64 * 1024;
const RESULT_BYTES = 1024;

export interface ItemWork {
  /** Works on one item. */
  readonly work: (item: Json, index: number) => Promise<unknown>;
  /** The code under which a failed item is listed. */
  readonly codeOf: (error: unknown) => string;
  readonly signal: AbortSignal;
}

export async function workOnItems(
  items: Iterable<Json> | AsyncIterable<Json>,
  { concurrency = availableParallelism() }: { concurrency?: number },
  { work, codeOf, signal }: ItemWork,
): Promise<ItemsSettled> {
  const failed: { index: number; code: string }[] = [];
  const results: Json[] = [];
  let done = 0;

  async function workOn(item: Json, index: number): Promise<void> {
    try {
      const result = await work(copyWithin(item, ITEM_BYTES, 'BFD_ITEM_VALUE'), index);
      results[index] = copyWithin(result ?? null, RESULT_BYTES, 'BFD_ITEM_RESULT');
      done++;
    } catch (error) {
      results[index] = null;
      failed.push({ index, code: codeOf(error) });
    }
  }

  const underWay = new Set<Promise<void>>();
  let index = 0;
  for await (const item of items) {
    signal.throwIfAborted();
    const working = workOn(item, index++).finally(() => underWay.delete(working));
    underWay.add(working);
    if (underWay.size >= Math.max(1, concurrency)) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  signal.throwIfAborted();
  failed.sort((a, b) => a.index - b.index);
  return { done, failed, results };
}

// A copy, as if the item had travelled to another host: what works here must work there.
function copyWithin(
  value: unknown,
  limit: number,
  code: 'BFD_ITEM_VALUE' | 'BFD_ITEM_RESULT',
): Json {
  const text = jsonText(value);
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (text === undefined || bytes > limit) throw new RuntimeError(code, { bytes, limit });
  return JSON.parse(text);
}
