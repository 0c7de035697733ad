// How far a data set is: bytes and rows of all its files together, and of the file that got on last.

import { type RunContext, safe } from '@bfd-host/sdk';

export class DataSetProgress {
  readonly #ctx: RunContext;
  readonly #totalBytes: number;
  readonly #files = new Map<string, { bytes: number; rows: number }>();
  #bytes: number;
  #rows = 0;

  /** @param doneBytes - of files that were loaded by runs before */
  constructor(ctx: RunContext, totalBytes: number, doneBytes: number) {
    this.#ctx = ctx;
    this.#totalBytes = totalBytes;
    this.#bytes = doneBytes;
  }

  /**
   * Tells that a file has been read so far.
   *
   * @param rows - of the file, those that are stored already included
   */
  tell(file: { readonly key: string; readonly sizeBytes: number }, bytes: number, rows: number) {
    const before = this.#files.get(file.key);
    this.#bytes += bytes - (before?.bytes ?? 0);
    this.#rows += rows - (before?.rows ?? 0);
    this.#files.set(file.key, { bytes, rows });
    this.#ctx.progress({
      done: this.#bytes,
      total: this.#totalBytes,
      unit: 'bytes',
      rows: this.#rows,
      label: safe.file(file.key),
      part: { done: bytes, total: file.sizeBytes, rows },
    });
  }
}
