// Fan-out over all hosts, seen from the run: items go to the host, and what came of them comes back.

import type { FailedItem, ItemsSettled, Json } from '@bfd-host/sdk';
import { MOST_ITEMS, MOST_ITEMS_SENT } from '../fan-out-limits.ts';
import type { PlacedItem } from '../job-process-spec.ts';
import type { FanOutErrorCode, HostMessage } from '../protocol.ts';
import { say } from './channel.ts';
import { placesFromHost } from './item-places.ts';
import { atATime, itemCopy } from './items.ts';
import { RuntimeError } from './runtime-error.ts';

/** Well below what a message may be. */
const BYTES_AT_A_TIME = 256 * 1024;

type Heard = Extract<HostMessage, { type: 'items-taken' | 'items-refused' | 'items-settled' }>;

/** Messages that the host has not answered: it stores the items of one while the next are made and sent. */
const MOST_UNANSWERED = 2;

interface OpenCall {
  /** The next answer, whether or not somebody waits for it. */
  answered: PromiseWithResolvers<void>;
  /** Messages with items that the host has taken. */
  taken: number;
  isSettled: boolean;
  readonly failed: FailedItem[];
  readonly results: Json[];
  done: number;
}

export class HostItems {
  readonly #runId: string;
  readonly #signal: AbortSignal;
  readonly #calls = new Map<number, OpenCall>();
  #next = 0;

  constructor(runId: string, signal: AbortSignal) {
    this.#runId = runId;
    this.#signal = signal;
  }

  async forEach(
    items: Iterable<Json> | AsyncIterable<Json>,
    { concurrency }: { concurrency?: number },
  ): Promise<ItemsSettled> {
    const runId = this.#runId;
    const number = this.#next++;
    const call: OpenCall = {
      ...{ answered: nextAnswer(), taken: 0, isSettled: false },
      ...{ failed: [], results: [], done: 0 },
    };
    this.#calls.set(number, call);
    const most = concurrency === undefined ? {} : { concurrency: atATime(concurrency) };
    const invalid: number[] = [];
    let waiting: PlacedItem[] = [];
    let bytes = 0;
    let index = 0;
    let sent = 0;
    const send = async () => {
      say({ type: 'items', runId, call: number, items: waiting, ...most });
      sent++;
      waiting = [];
      bytes = 0;
      await this.#until(call, () => sent - call.taken < MOST_UNANSWERED);
    };
    try {
      for await (const item of items) {
        this.#signal.throwIfAborted();
        if (index === MOST_ITEMS)
          throw new RuntimeError('BFD_FAN_OUT_TOO_MANY', { limit: MOST_ITEMS });
        const copy = itemCopy(item);
        if (copy) {
          waiting.push({ index, item: copy.value });
          bytes += copy.bytes;
        } else {
          invalid.push(index);
        }
        index++;
        if (waiting.length >= MOST_ITEMS_SENT || bytes >= BYTES_AT_A_TIME) await send();
      }
      if (waiting.length > 0) await send();
      await this.#until(call, () => call.taken === sent);
      say({ type: 'items-end', runId, call: number });
      await this.#until(call, () => call.isSettled);
      return withInvalid(call, invalid);
    } finally {
      this.#calls.delete(number);
    }
  }

  hear(message: Heard): void {
    const call = this.#calls.get(message.call);
    if (!call || message.runId !== this.#runId) return;
    if (message.type === 'items-refused') {
      call.answered.reject(refusal(message.code));
    } else if (message.type === 'items-taken') {
      call.taken++;
      call.answered.resolve();
    } else {
      call.done = message.done;
      for (const { places, ...item } of message.failed) {
        call.failed.push({ ...item, ...(places && { places: placesFromHost(places) }) });
      }
      for (const result of message.results) call.results.push(result);
      if (!message.isLast) return;
      call.isSettled = true;
      call.answered.resolve();
    }
  }

  async #until(call: OpenCall, isSo: () => boolean): Promise<void> {
    const stop = () => call.answered.reject(this.#signal.reason);
    if (this.#signal.aborted) stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      while (!isSo()) {
        await call.answered.promise;
        call.answered = nextAnswer();
      }
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }
}

function nextAnswer(): PromiseWithResolvers<void> {
  const answer = Promise.withResolvers<void>();
  answer.promise.catch(() => {}); // a refusal may come while the job makes more items; it is met at the next answer
  return answer;
}

// Those that are no items fail at their places, as they do where a run works on its items itself.
function withInvalid(
  { done, failed, results }: OpenCall,
  invalid: readonly number[],
): ItemsSettled {
  for (const index of invalid) {
    results[index] = null;
    failed.push({ index, code: 'BFD_ITEM_VALUE' });
  }
  if (invalid.length > 0) failed.sort((a, b) => a.index - b.index);
  return { done, failed, results };
}

function refusal(code: FanOutErrorCode): RuntimeError {
  return new RuntimeError(code, code === 'BFD_FAN_OUT_TOO_MANY' ? { limit: MOST_ITEMS } : {});
}
