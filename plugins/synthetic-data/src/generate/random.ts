/**
 * Random numbers that are the same on every machine. Each person and purpose has a stream of its own,
 * made of seed, person and purpose alone: so the files of a data set can be made in any order, in
 * pieces or twice, and still agree.
 */

/** What a stream is for; at most 15. Two purposes never share a stream: the numbers are part of the output. */
export const STREAMS = {
  counts: 1,
  person: 2,
  BENEFICIARY: 3,
  BENEFICIARY_HISTORY: 4,
  CARRIER: 5,
  DME: 6,
  HHA: 7,
  HOSPICE: 8,
  INPATIENT: 9,
  OUTPATIENT: 10,
  PDE: 11,
  SNF: 12,
  identity: 13,
  updates: 14,
  codes: 15,
} as const;

export type Stream = keyof typeof STREAMS;

const MOST_PLACES = 2 ** 20;

/**
 * A stream of random numbers: sfc32, started from what it is for.
 *
 * Math.random cannot be seeded, and node:crypto costs a hundred times as much per number.
 *
 * @see https://pracrand.sourceforge.net/RNG_engines.txt
 * @example
 * const random = new Random();
 * random.start(1, 0, 'person');
 * random.below(6) + 1;
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  /**
   * Goes to the beginning of a stream. Reused for the next person, so that none is allocated for each.
   *
   * @param seed - whole number from 0 to 2^53 - 1
   * @param person - whole number from 0 to 2^32 - 1
   * @param place - place among the person's records of this kind, below 2^20; each has a stream of its own
   * @param revision - which updates data set it is for, below 2^11; 0 for the first data set
   */
  start(seed: number, person: number, stream: Stream, place = 0, revision = 0): void {
    // Four words that are never the same for two streams: a seed has 21 bits above its lower 32.
    let a = seed | 0;
    let b = person | 0;
    let c = (Math.floor(seed / 2 ** 32) << 4) | STREAMS[stream];
    let d = (1 + place + revision * MOST_PLACES) | 0;
    // Rounds after which all bits depend on all others, as PractRand's own seeding has them. They are those of
    // `next`, written out: on local variables they take a third of the time.
    for (let round = 0; round < 15; round++) {
      const sum = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to `limit` - 1; `limit` at most 2^21, so that the product stays exact. */
  below(limit: number): number {
    return Math.floor((this.next() * limit) / 2 ** 32);
  }

  /** A whole number from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.next() < percent * (2 ** 32 / 100);
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    // `below` stays under the length, so there is an element: the lists are constants that are not empty.
    return list[this.below(list.length)] as T;
  }
}
