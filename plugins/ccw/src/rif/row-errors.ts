// What is wrong in a file, up to as many places as anybody will mend before trying again.

import { PermanentError, type Place, type SafeText, safe } from '@bfd-host/sdk';
import type { RowProblem } from './chunk.ts';

/** An error keeps so many places. */
const MOST_PLACES = 20;

export class RowErrors {
  readonly #file: SafeText;
  readonly #places: Place[] = [];
  #count = 0;

  constructor(file: SafeText) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether an error could not tell more. */
  get isFull(): boolean {
    return this.#count >= MOST_PLACES;
  }

  /** @param problem - its column is a name in the layout, never text of the file */
  add({ code, line, column }: RowProblem): void {
    this.#count++;
    if (this.#places.length >= MOST_PLACES) return;
    this.#places.push({
      code,
      file: this.#file,
      line,
      ...(column !== undefined && { column: safe.name(column) }),
    });
  }

  /** What the run fails with. */
  error(): PermanentError {
    return new PermanentError(
      'BFD_RIF_ROWS',
      '{file} has wrong rows. {count} places are listed, the first in line {line}, column {column} ({problem}). Records well before the first are loaded and stay; the rest is not. Correct the file and upload it again.',
      { ...this.#first(), count: this.#places.length },
      { places: this.#places },
    );
  }

  /** What the run fails with when more records would have to be put aside than may be. */
  limitError(limit: number): PermanentError {
    return new PermanentError(
      'BFD_RIF_QUARANTINE_FULL',
      '{file} has more than {limit} wrong records, and no more may be put into quarantine. The first of this run is in line {line}, column {column} ({problem}). Correct the file and upload it again, or raise "quarantineLimit".',
      { ...this.#first(), limit },
      { places: this.#places },
    );
  }

  #first() {
    const [first] = this.#places;
    return {
      file: this.#file,
      line: first?.line ?? null,
      column: first?.column ?? safe.name('any'),
      problem: safe.name(first?.code ?? 'none'),
    };
  }
}
