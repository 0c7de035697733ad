// The rows of a table that a statement finds, in the order of their keys, some at a time.

import type { Pool } from '@bfd-host/sdk';
import type { StoredRow } from './fixup-statements.sql.ts';

/** Keys may be negative: made-up people have such. */
export const LOWEST_KEY = String(-(2n ** 63n));

export class SliceReader {
  readonly #db: Pool;
  readonly #find: string;
  readonly #rows: number;
  #from: string;
  #isAtEnd = false;
  #reading: Promise<unknown> = Promise.resolve();

  /**
   * @param find - a statement with two parameters: lowest key, and at most how many rows
   * @param rows - of a slice
   * @param from - lowest key looked at
   */
  constructor(db: Pool, find: string, rows: number, from: string) {
    this.#db = db;
    this.#find = find;
    this.#rows = rows;
    this.#from = from;
  }

  /** Whether every slice was given out. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** The next slice; an empty one at the end. May be called again before it has settled. */
  next(): Promise<StoredRow[]> {
    const slice = this.#reading.then(() => this.#read());
    this.#reading = slice.catch(() => undefined);
    return slice;
  }

  async #read(): Promise<StoredRow[]> {
    if (this.#isAtEnd) return [];
    const { rows } = await this.#db.query<StoredRow>(this.#find, [this.#from, this.#rows]);
    const last = rows.at(-1);
    if (last) this.#from = String(BigInt(last.id) + 1n);
    this.#isAtEnd = rows.length < this.#rows;
    return rows;
  }
}
