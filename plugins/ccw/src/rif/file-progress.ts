// Which stretches of a file are in the database already, and which are to be loaded.

/** Records by their numbers in the file, from 1. */
export interface StoredRecords {
  readonly firstRecord: number;
  readonly lastRecord: number;
}

/** A chunk that is stored: bytes `[firstByte, endByte)`. */
export interface StoredChunk extends StoredRecords {
  readonly chunkNumber: number;
  readonly firstByte: number;
  readonly endByte: number;
}

export class FileProgress {
  readonly #byFirstByte: ReadonlyMap<number, StoredChunk>;
  readonly #firstBytes: readonly number[];
  /** Stored records behind a gap: first to last. */
  readonly #beyond = new Map<number, number>();
  #lastRecord = 0;
  #nextNumber: number;

  /** @param stored - as left by the runs before, in any order */
  constructor(stored: readonly StoredChunk[]) {
    this.#byFirstByte = new Map(stored.map((chunk) => [chunk.firstByte, chunk]));
    this.#firstBytes = [...this.#byFirstByte.keys()].sort((one, other) => one - other);
    this.#nextNumber = 1 + Math.max(-1, ...stored.map(({ chunkNumber }) => chunkNumber));
    for (const chunk of stored) this.add(chunk);
  }

  /** The chunk that begins at this byte, if a run before has stored it. */
  storedAt(byte: number): StoredChunk | undefined {
    return this.#byFirstByte.get(byte);
  }

  /** Where the next chunk behind this byte begins that a run before has stored; infinity if there is none. */
  nextStored(byte: number): number {
    return this.#firstBytes.find((first) => first > byte) ?? Number.POSITIVE_INFINITY;
  }

  /** Number of the last record before which none is missing; 0 if there is none. */
  get lastRecord(): number {
    return this.#lastRecord;
  }

  /** A number for a new chunk of this file. */
  takeNumber(): number {
    return this.#nextNumber++;
  }

  /** Notes records as stored. A chunk whose records were all left out has none. */
  add({ firstRecord, lastRecord }: StoredRecords): void {
    if (lastRecord < firstRecord) return;
    this.#beyond.set(firstRecord, lastRecord);
    for (let last = this.#beyond.get(this.#lastRecord + 1); last !== undefined; ) {
      this.#beyond.delete(this.#lastRecord + 1);
      this.#lastRecord = last;
      last = this.#beyond.get(this.#lastRecord + 1);
    }
  }

  /** As {@link lastRecord}, once `added` are stored, too. */
  lastRecordNumber(added: StoredRecords): number {
    let last = this.#lastRecord;
    if (added.lastRecord < added.firstRecord) return last;
    const next = (): number | undefined =>
      last + 1 === added.firstRecord ? added.lastRecord : this.#beyond.get(last + 1);
    for (let reached = next(); reached !== undefined; reached = next()) last = reached;
    return last;
  }
}
