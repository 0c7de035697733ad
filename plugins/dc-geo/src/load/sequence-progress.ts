/** Tells how far a load is, in sequence numbers, of what the server says it has. */

import type { Load } from './rda-load.ts';

export class SequenceProgress {
  readonly #load: Pick<Load, 'client' | 'ctx' | 'counts' | 'timings'>;
  readonly #since: bigint;
  #last: bigint;
  #upper = 0n;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(load: Pick<Load, 'client' | 'ctx' | 'counts' | 'timings'>, since: bigint) {
    this.#load = load;
    this.#since = since;
    this.#last = since;
  }

  received(sequence: bigint): void {
    this.#last = sequence;
  }

  /** Reports what was received, and now and then asks the server for what there is. */
  report(): void {
    const { ctx, counts } = this.#load;
    // A run that only passes messages over is none that people should see.
    if (counts.messages === counts.deletesSkipped + counts.skipped) return;
    this.#askNowAndThen();
    const total = Number(this.#upper - this.#since);
    const done = Number(this.#last - this.#since);
    // A server that serves files, or only what is new, says that it has nothing.
    if (total >= done) ctx.progress({ done, total, unit: 'sequence numbers' });
    else ctx.progress({ done: counts.messages, unit: 'messages' });
  }

  #askNowAndThen(): void {
    const { client, ctx, timings } = this.#load;
    if (performance.now() - this.#askedAt < timings.rangeMs) return;
    this.#askedAt = performance.now();
    client.range(ctx.signal).then(
      ({ upper }) => {
        this.#upper = upper;
      },
      () => {
        // It only feeds the progress bar; the stream tells whether the server is well.
      },
    );
  }
}
