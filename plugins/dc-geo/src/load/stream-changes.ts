/** Streams changes into the database, over as many connections as it takes. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimChange } from '../protocol/protocol.ts';
import type { ChangeStream } from '../source/rda-client.ts';
import { isConnectionLost } from '../source/source-errors.ts';
import type { PendingMessage } from './batch-writer.ts';
import { isDelete, isPlaceholder } from './claim-rules.ts';
import type { Load } from './rda-load.ts';
import { SequenceProgress } from './sequence-progress.ts';
import { Writers } from './writers.ts';

/**
 * Streams what comes after `since` until the server has no more, is silent for too long, or fails. What was
 * received before a connection was lost is stored, and after it is connected again from there. What was received
 * before any other error, and is no full batch, is dropped and comes again in the next run.
 *
 * @throws what the stream or a batch failed with; the reason of the run's signal when it is aborted
 */
export async function streamChanges(load: Load, since: bigint): Promise<void> {
  const { config, ctx, log, timings } = load;
  const progress = new SequenceProgress(load, since);
  let lost = 0;
  for (let from = since; ; ) {
    const connection = new StreamOfChanges(load, progress, from);
    const end = await connection.run();
    from = connection.last;
    if (end.how !== 'lost') return;
    lost = connection.messages > 0 ? 1 : lost + 1;
    if (lost > config.reconnects) throw end.error;
    const waitMs = backoff(lost, timings.reconnectMs, timings.reconnectMostMs);
    log.warn('the connection was lost, connecting again', { attempt: lost, waitMs });
    await sleep(waitMs, undefined, { signal: ctx.signal });
  }
}

/** Doubled each time, and spread, so that many clients do not come back at once. */
function backoff(attempt: number, firstMs: number, mostMs: number): number {
  const waitMs = Math.min(firstMs * 2 ** (attempt - 1), mostMs);
  return Math.round(waitMs * (0.75 + Math.random() / 2));
}

type End = { readonly how: 'ended' | 'idle' } | { readonly how: 'lost'; readonly error: unknown };

/** One connection, from the call to its end. */
class StreamOfChanges {
  readonly #load: Load;
  readonly #progress: SequenceProgress;
  readonly #stream: ChangeStream;
  readonly #writers: Writers<PendingMessage>;
  #lastAt = performance.now();
  #isIdle = false;
  #isBusy = false;
  /** Sequence number of the last message received. */
  last: bigint;
  messages = 0;

  constructor(load: Load, progress: SequenceProgress, since: bigint) {
    this.#load = load;
    this.#progress = progress;
    this.last = since;
    this.#stream = load.client.changes(since);
    this.#writers = new Writers({
      count: load.config.writeThreads,
      batchSize: load.config.batchSize,
      write: (batch) => load.writer.write(batch),
      onFailure: () => this.#stream.cancel(),
    });
  }

  async run(): Promise<End> {
    const { ctx, timings } = this.#load;
    const stop = () => this.#stream.cancel();
    ctx.signal.addEventListener('abort', stop, { once: true });
    const watch = setInterval(() => this.#watch(), timings.watchMs);
    try {
      if (ctx.signal.aborted) stop();
      const end = await this.#read();
      await this.#writers.finish();
      await this.#load.writer.tellProgress();
      return end;
    } finally {
      clearInterval(watch);
      ctx.signal.removeEventListener('abort', stop);
      await this.#writers.settle();
    }
  }

  async #read(): Promise<End> {
    try {
      for await (const changes of this.#stream.changes()) {
        this.#isBusy = true;
        for (const change of changes) await this.#take(change);
        this.#isBusy = false;
        this.#lastAt = performance.now();
        this.#progress.report();
      }
      return { how: 'ended' };
    } catch (error) {
      this.#load.ctx.signal.throwIfAborted();
      this.#writers.throwIfFailed(); // which is why the stream was ended
      if (this.#isIdle) return { how: 'idle' };
      if (!isConnectionLost(error)) throw error;
      return this.#isDropExpected() ? { how: 'ended' } : { how: 'lost', error };
    }
  }

  async #take(change: ClaimChange): Promise<void> {
    const { ctx, config, counts, layout, transformer, writer } = this.#load;
    ctx.signal.throwIfAborted();
    this.last = BigInt(change.seq ?? '0');
    this.messages++;
    counts.messages++;
    this.#progress.received(this.last);
    const isGone = isDelete(change);
    if (isGone && !config.honourDeletes) {
      if (counts.deletesSkipped++ === 0) this.#load.log.warn('DELETE messages are skipped');
    } else if (isPlaceholder(layout.type, change)) {
      counts.skipped++;
    } else {
      const transformed = isGone
        ? transformer.transformDelete(change)
        : transformer.transform(change);
      await this.#writers.add(writer.pending(change, transformed));
    }
  }

  /** The server drops connections over which nothing went for a while, and not cleanly. */
  #isDropExpected(): boolean {
    const { config, log } = this.#load;
    const idleS = Math.round((performance.now() - this.#lastAt) / 1000);
    if (performance.now() - this.#lastAt < config.secondsBeforeConnectionDrop * 1000) return false;
    log.info('the server dropped an idle connection', { idleS });
    return true;
  }

  #watch(): void {
    if (this.#isBusy) return;
    const { config, timings } = this.#load;
    const idleMs = performance.now() - this.#lastAt;
    if (idleMs >= timings.flushIdleMs) this.#writers.flushIdle();
    if (idleMs >= config.maxIdleSeconds * 1000) {
      this.#isIdle = true;
      this.#stream.cancel();
    }
  }
}
