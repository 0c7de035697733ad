/**
 * Up to which sequence number everything is stored, while several batches are written at a time and end in any
 * order. Progress may go no further: what is below it is never asked for again.
 */

interface Entry {
  readonly sequence: bigint;
  batch: object | undefined;
  isStored: boolean;
}

/** Entries to take off at once: one by one would move the rest each time. */
const TAKE_OFF = 10_000;

export class LowWater {
  /** In the order they came, those stored at the front taken off. */
  readonly #entries: Entry[] = [];
  #front = 0;
  #reached: bigint | undefined;

  /** Up to where all is stored; `undefined` before anything is. */
  get reached(): bigint | undefined {
    return this.#reached;
  }

  /** Notes a message that has come, and gives back what stands for it here. */
  add(sequence: bigint): Entry {
    const entry = { sequence, batch: undefined, isStored: false };
    this.#entries.push(entry);
    return entry;
  }

  /** Up to where all is stored if this batch is; `undefined` if an earlier message is still on its way. */
  ifStored(batch: readonly Entry[]): bigint | undefined {
    const mark = {};
    for (const entry of batch) entry.batch = mark;
    let highest: bigint | undefined;
    for (let at = this.#front; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (!entry || !(entry.isStored || entry.batch === mark)) break;
      highest = entry.sequence;
    }
    return highest;
  }

  /** Says that a batch is stored. */
  stored(batch: readonly Entry[]): void {
    for (const entry of batch) entry.isStored = true;
    for (let at = this.#front; this.#entries[at]?.isStored; at++) {
      this.#reached = this.#entries[at]?.sequence;
      this.#front = at + 1;
    }
    if (this.#front < TAKE_OFF) return;
    this.#entries.splice(0, this.#front);
    this.#front = 0;
  }
}

export type { Entry as LowWaterEntry };
