// What is wrong in a file, up to as many places as anybody will mend before trying again.

import { PermanentError, type Place, type SafeText, safe } from '@bfd-host/sdk';

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

  /** Whether looking on would tell nobody anything. */
  get isFull(): boolean {
    return this.#count >= MOST_PLACES;
  }

  /** @param column - name in the layout, never text of the file */
  add(code: string, line: number, column?: string): void {
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
    const [first] = this.#places;
    return new PermanentError(
      'BFD_RIF_ROWS',
      '{file} has wrong rows. {count} places are listed, the first in line {line}, column {column} ({problem}). Records well before the first are loaded and stay; the rest is not. Correct the file and upload it again.',
      {
        file: this.#file,
        count: this.#count,
        line: first?.line ?? null,
        column: first?.column ?? safe.name('any'),
        problem: safe.name(first?.code ?? 'none'),
      },
      { places: this.#places },
    );
  }
}
