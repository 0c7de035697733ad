// One file of a data set, from S3 into the database.

import { RIF_LAYOUTS, type RifType } from '@bfd-host/rif';
import { type Logger, type Pool, type S3Client, safe, type WorkContext } from '@bfd-host/sdk';
import { beginFile, completeFile, type DataFileId } from '../bookkeeping/file-state.ts';
import { Quarantine } from '../bookkeeping/quarantine.ts';
import { hashChunk } from '../hashing/hash-chunk.ts';
import type { HashSettings } from '../hashing/identifier-hash.ts';
import type { Chunk } from '../rif/chunk.ts';
import type { FilePlan } from '../rif/file-plan.ts';
import { FileProgress } from '../rif/file-progress.ts';
import { type ChunkSink, FileReader } from '../rif/file-reader.ts';
import { ChunkLoader } from './chunk-loader.ts';
import type { LoadProgress } from './data-set-progress.ts';
import { Lanes } from './lanes.ts';
import { ObjectSource } from './object-source.ts';
import type { Slots } from './slots.ts';

export interface LoadTools {
  readonly db: Pool;
  readonly s3: S3Client;
  readonly log: Logger;
  readonly ctx: WorkContext;
  /** Ends the load early; aborts with the run's own at the latest. */
  readonly signal: AbortSignal;
  readonly progress: LoadProgress;
  readonly bucket: string;
  /** A chunk under way takes one, and a connection. */
  readonly slots: Slots;
  /** Absent: identifiers are stored without their hashes, which somebody else adds. */
  readonly hashing: HashSettings | undefined;
  /** Bytes of the file in a chunk. */
  readonly chunkBytes: number;
  /** Whether wrong records are put aside, up to how many of a file, and with what is in them; absent: they fail it. */
  readonly quarantine: QuarantineConfig | undefined;
  /** Chunks of files before, to use their memory again. */
  readonly freeChunks: Chunk[];
}

export interface QuarantineConfig {
  readonly limit: number;
  readonly keepRaw: boolean;
}

export interface FileToLoad extends DataFileId {
  readonly key: string;
  readonly type: RifType;
}

export interface LoadedFile {
  readonly records: number;
  /** Records that were left out, and are in quarantine. */
  readonly quarantined: number;
  /** Of another table: lines of claims, months of beneficiaries. */
  readonly childRows: number;
  /** What was merged into stored rows, of records that have children; absent if all was new. */
  readonly merged?: KeyRange;
}

/** Keys of records from `lowest` to `highest`. */
export interface KeyRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Loads what is not loaded yet of a file, and marks it as loaded.
 *
 * @throws JobError `BFD_S3_…`, PermanentError `BFD_RIF_…`
 */
export async function loadFile(tools: LoadTools, file: FileToLoad): Promise<LoadedFile> {
  const { s3, bucket, log, signal } = tools;
  const source = await ObjectSource.open({ s3, bucket, log, signal, key: file.key });
  try {
    return await new FileLoad(tools, file, source).run();
  } finally {
    source.close();
  }
}

class FileLoad {
  readonly #tools: LoadTools;
  readonly #file: FileToLoad;
  readonly #source: ObjectSource;
  #lanes: Lanes | undefined;
  #records = 0;
  #childRows = 0;
  #quarantined = 0;
  #plan: FilePlan | undefined;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(tools: LoadTools, file: FileToLoad, source: ObjectSource) {
    this.#tools = tools;
    this.#file = file;
    this.#source = source;
  }

  async run(): Promise<LoadedFile> {
    const { ctx, db, hashing, chunkBytes } = this.#tools;
    const { key, type } = this.#file;
    const { etag } = this.#source;
    const layout = RIF_LAYOUTS[type];
    const state = await beginFile(ctx, this.#file, { type, etag });
    const quarantine = this.#quarantine();
    const progress = new FileProgress(state.chunks);
    const reader = new FileReader({
      layout,
      file: safe.file(key),
      progress,
      withHashes: hashing !== undefined,
      onRowError: quarantine
        ? { kind: 'quarantine', limit: quarantine.limit, known: await quarantine.count(db) }
        : { kind: 'fail' },
      chunkBytes,
      begin: (plan) => this.#begin(plan, progress, state, quarantine),
    });
    try {
      await this.#read(reader);
    } catch (error) {
      // Chunks before the error stay; the caller must not go on while they are under way.
      await this.#lanes?.drain().catch(() => undefined);
      throw error;
    }
    await completeFile(ctx, this.#file, { etag, records: progress.lastRecord });
    const merged = this.#merged();
    return {
      records: this.#records,
      childRows: this.#childRows,
      quarantined: this.#quarantined,
      ...(merged && { merged }),
    };
  }

  #quarantine(): Quarantine | undefined {
    const { quarantine } = this.#tools;
    if (!quarantine) return undefined;
    const readRaw = (first: number, end: number) => this.#source.stretch(first, end);
    return new Quarantine({
      file: this.#file,
      objectEtag: this.#source.etag,
      limit: quarantine.limit,
      ...(quarantine.keepRaw && { readRaw }),
    });
  }

  async #read(reader: FileReader): Promise<void> {
    const { signal, progress } = this.#tools;
    let done = 0;
    for await (const part of this.#source.bytes()) {
      signal.throwIfAborted();
      await reader.push(part);
      done += part.length;
      progress.tell(this.#file, done, reader.rows);
      if (reader.isDone) break;
    }
    await reader.end(() => this.#source.verify());
    await this.#lanes?.drain();
    progress.tell(this.#file, done, reader.rows);
  }

  #begin(
    plan: FilePlan,
    progress: FileProgress,
    state: { readonly loadedFileId: string; readonly hasOtherObject: boolean },
    quarantine: Quarantine | undefined,
  ): ChunkSink {
    const { ctx, db, log, signal, hashing, slots, freeChunks } = this.#tools;
    this.#plan = plan;
    const file = safe.file(this.#file.key);
    if (plan.unknownColumns > 0) {
      log.warn('columns that the layout does not have are ignored', {
        file,
        columns: plan.unknownColumns,
      });
    }
    const loader = new ChunkLoader(ctx, plan, {
      file,
      manifestId: this.#file.manifestId,
      fileIndex: this.#file.fileIndex,
      objectEtag: this.#source.etag,
      loadedFileId: state.loadedFileId,
      replaceAll: state.hasOtherObject,
      quarantine,
    });
    const load = async (chunk: Chunk): Promise<void> => {
      // It may have waited for a slot, which is free because another chunk was cancelled.
      signal.throwIfAborted();
      const records = {
        firstRecord: chunk.firstRecord,
        lastRecord: chunk.firstRecord + chunk.count - 1,
      };
      if (hashing && plan.hashed) await hashChunk(db, chunk, hashing);
      const { isNew, refused } = await loader.load(chunk, progress.takeNumber(), () =>
        progress.lastRecordNumber(records),
      );
      progress.add(records);
      this.#records += chunk.count - refused;
      this.#childRows += chunk.childRows;
      this.#quarantined += chunk.bad.length + refused;
      if (!isNew) this.#noteMerged(chunk);
    };
    this.#lanes = new Lanes(slots, load, freeChunks);
    return this.#lanes;
  }

  #noteMerged({ keys, count }: Chunk): void {
    for (const key of keys.subarray(0, count)) {
      if (key < this.#lowest) this.#lowest = key;
      if (key > this.#highest) this.#highest = key;
    }
  }

  #merged(): KeyRange | undefined {
    if (!this.#plan?.children || this.#lowest > this.#highest) return undefined;
    return { lowest: this.#lowest, highest: this.#highest };
  }
}
