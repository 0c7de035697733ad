// How far a data set is: bytes and rows of all its files together, and of the file that got on last.

import { type RunContext, safe } from '@bfd-host/sdk';

/** Who wants to know how far files have been read. */
export interface LoadProgress {
  /**
   * Tells that a file has been read so far.
   *
   * @param rows - of the file, those that are stored already included
   */
  tell(file: { readonly key: string }, bytes: number, rows: number): void;
}

/** Nobody does: of types that are items of a run, the host counts how many are done. */
export const UNTOLD: LoadProgress = { tell: () => undefined };

interface FileOfProgress {
  readonly key: string;
  readonly sizeBytes: number;
  /** Whether a run before has loaded it. */
  readonly isCompleted: boolean;
}

export class DataSetProgress implements LoadProgress {
  readonly #ctx: RunContext;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #totalBytes: number;
  readonly #files = new Map<string, { bytes: number; rows: number }>();
  #bytes: number;
  #rows = 0;

  constructor(ctx: RunContext, files: readonly FileOfProgress[]) {
    this.#ctx = ctx;
    this.#sizes = new Map(files.map(({ key, sizeBytes }) => [key, sizeBytes]));
    this.#totalBytes = sizeOf(files);
    this.#bytes = sizeOf(files.filter(({ isCompleted }) => isCompleted));
  }

  tell({ key }: { readonly key: string }, bytes: number, rows: number): void {
    const before = this.#files.get(key);
    this.#bytes += bytes - (before?.bytes ?? 0);
    this.#rows += rows - (before?.rows ?? 0);
    this.#files.set(key, { bytes, rows });
    this.#ctx.progress({
      done: this.#bytes,
      total: this.#totalBytes,
      unit: 'bytes',
      rows: this.#rows,
      label: safe.file(key),
      part: { done: bytes, total: this.#sizes.get(key) ?? bytes, rows },
    });
  }
}

function sizeOf(files: readonly FileOfProgress[]): number {
  return files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}
