// Chunks of one file on their way into the database, several at a time. Chunks that share a key are applied in file
// order, since the first INSERT and the last UPDATE of a key win; all others may overtake each other.

import { Chunk } from '../rif/chunk.ts';
import type { Slots } from './slots.ts';

interface Lane {
  readonly chunk: Chunk;
  readonly done: Promise<void>;
}

export class Lanes {
  readonly #load: (chunk: Chunk) => Promise<void>;
  readonly #slots: Slots;
  readonly #lanes = new Set<Lane>();
  readonly #free: Chunk[];
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param slots - shared with other files: each chunk under way takes one
   * @param load - stores one chunk; called with the next one before it has settled
   * @param free - chunks to use again, shared with other files; one more for each file than there are slots
   */
  constructor(slots: Slots, load: (chunk: Chunk) => Promise<void>, free: Chunk[]) {
    this.#slots = slots;
    this.#load = load;
    this.#free = free;
  }

  /** A chunk to fill. */
  take(): Chunk {
    return this.#free.pop() ?? new Chunk();
  }

  release(chunk: Chunk): void {
    this.#free.push(chunk);
  }

  /**
   * Hands a chunk over. Settles as soon as it is on its way.
   *
   * @throws the error of a chunk before, when none is under way any more
   */
  async submit(chunk: Chunk): Promise<void> {
    await this.#slots.take();
    if (this.#failure) {
      this.#slots.give();
      await this.drain();
    }
    const earlier = [...this.#lanes].filter((lane) => shareKeys(lane.chunk, chunk));
    const lane: Lane = {
      chunk,
      done: this.#run(chunk, earlier).finally(() => this.#lanes.delete(lane)),
    };
    this.#lanes.add(lane);
  }

  /** @throws as {@link submit} */
  async drain(): Promise<void> {
    await Promise.all([...this.#lanes].map(({ done }) => done));
    if (this.#failure) throw this.#failure.error;
  }

  async #run(chunk: Chunk, earlier: readonly Lane[]): Promise<void> {
    await Promise.all(earlier.map(({ done }) => done));
    try {
      if (!this.#failure) await this.#load(chunk);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.release(chunk);
    this.#slots.give();
  }
}

/** Whether a key may be in both. Keys are compared as numbers, so it may be said of keys that only look alike. */
export function shareKeys(one: Chunk, other: Chunk): boolean {
  const keys = one.keys.subarray(0, one.count);
  const others = other.keys.subarray(0, other.count);
  const [lowest, highest] = rangeOf(keys);
  const [otherLowest, otherHighest] = rangeOf(others);
  if (highest < otherLowest || otherHighest < lowest) return false;
  const known = new Set(keys);
  return others.some((key) => known.has(key));
}

function rangeOf(keys: Float64Array): [lowest: number, highest: number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const key of keys) {
    if (key < lowest) lowest = key;
    if (key > highest) highest = key;
  }
  return [lowest, highest];
}
