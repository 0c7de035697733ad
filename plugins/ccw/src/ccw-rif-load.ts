// The job: looks for data sets in S3, and loads them one after the other, oldest first, until none is left.

import {
  CONFIG,
  DB_POOL,
  type ItemContext,
  inject,
  Job,
  type Json,
  LOGGER,
  type Logger,
  nothingToDo,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  safe,
  type WorkContext,
  workDone,
} from '@bfd-host/sdk';
import { forgetOldFiles } from './bookkeeping/file-state.ts';
import { checkIntegrity } from './bookkeeping/integrity.ts';
import { type CcwConfig, ccwConfig } from './config.ts';
import { UNTOLD } from './load/data-set-progress.ts';
import { loadDataSet } from './load/load-data-set.ts';
import type { LoadTools } from './load/load-file.ts';
import { type LoadedType, loadType } from './load/load-type.ts';
import { Slots } from './load/slots.ts';
import { spreadDataSet } from './load/spread-data-set.ts';
import { readTypeItem, writeLoadedType } from './load/type-item.ts';
import { type DataSet, fileKeysOf, listOpenFiles, setStatus } from './manifests/data-set-state.ts';
import { moveToDone } from './manifests/move-done.ts';
import { DataSetQueue, type Scan } from './manifests/next-data-set.ts';
import { findCollision } from './manifests/pre-validation.ts';

/** What files that one process loads at the same time share. */
type SharedTools = Pick<LoadTools, 'slots' | 'freeChunks'>;

@Job({
  name: 'ccw-rif-load',
  version: '2.2.0',
  description: 'Loads CCW RIF data sets from S3 into PostgreSQL',
  schedule: { cron: '*/30 * * * * *', timezone: 'America/New_York' },
  startup: true,
  dependsOn: [{ job: 'database-schema', version: '>=46' }],
  config: ccwConfig,
})
export class CcwRifLoad implements Runnable {
  readonly #queue: DataSetQueue;
  /** Of the items that this process works on at the moment, which share them. */
  #ofItems: (SharedTools & { items: number }) | undefined;

  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly config: CcwConfig,
    @inject(LOGGER) private readonly log: Logger,
  ) {
    this.#queue = new DataSetQueue(db, s3, log, config);
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const counts = {
      dataSets: 0,
      rejected: 0,
      files: 0,
      records: 0,
      lines: 0,
      months: 0,
      quarantined: 0,
    };
    const shared = this.#newShared();
    for (;;) {
      ctx.signal.throwIfAborted();
      const scan = await this.#queue.scan(ctx.signal);
      if (this.config.whenDone === 'move') await this.#moveDone(scan, ctx);
      if (!scan.next) break;
      ctx.workStarts();
      if (await this.#isRejected(ctx, scan.next)) {
        counts.rejected++;
        continue;
      }
      for (const loaded of await this.#load(ctx, scan, scan.next, shared)) {
        counts.files += loaded.files;
        counts.records += loaded.records;
        counts.quarantined += loaded.quarantined;
        if (loaded.type === 'BENEFICIARY') counts.months += loaded.childRows;
        else counts.lines += loaded.childRows;
      }
      counts.dataSets++;
    }
    return counts.dataSets + counts.rejected === 0 ? nothingToDo() : workDone({ counts });
  }

  /** Loads one type of a data set, on whatever host. What is stored of it already stays, and is not in the sum. */
  async forItem(item: Json, ctx: ItemContext): Promise<Json> {
    const { manifestId, type } = readTypeItem(item);
    const open = await listOpenFiles(this.db, manifestId, type);
    const files = open.map((file) => ({ ...file, manifestId }));
    this.#ofItems ??= { ...this.#newShared(), items: 0 };
    const shared = this.#ofItems;
    shared.items++;
    try {
      const tools = { ...this.#tools(ctx, shared), progress: UNTOLD };
      return writeLoadedType(await loadType(tools, type, files));
    } finally {
      // The memory of the chunks is free when the last one is done.
      if (--shared.items === 0) this.#ofItems = undefined;
    }
  }

  /** Asked once for a data set, before anything of it is loaded: later it would collide with itself. */
  async #isRejected(
    ctx: RunContext,
    { status, manifestId, manifest, found }: DataSet,
  ): Promise<boolean> {
    const { preValidation, isSynthetic } = manifest;
    const isAsked = this.config.preValidate === 'auto' && isSynthetic && status === 'DISCOVERED';
    if (!isAsked || !preValidation) return false;
    const check = await findCollision(this.db, preValidation);
    if (!check) return false;
    await setStatus(ctx, manifestId, 'REJECTED');
    this.log.warn('data set rejected: it collides with what is stored', {
      manifest: safe.file(found.key),
      check,
    });
    return true;
  }

  async #load(
    ctx: RunContext,
    { contents }: Scan,
    { manifestId, found, files }: DataSet,
    shared: SharedTools,
  ): Promise<LoadedType[]> {
    const manifest = safe.file(found.key);
    this.log.info('data set begun', { manifest, files: files.length });
    await setStatus(ctx, manifestId, 'STARTED');
    await forgetOldFiles(this.db, ctx);
    const toLoad = files.map((file) => {
      const sizeBytes = contents.objects.get(file.key)?.sizeBytes ?? 0;
      return { ...file, manifestId, sizeBytes };
    });
    const tools = { ...this.#tools(ctx, shared), ctx, typesAtOnce: this.config.typesAtOnce };
    const loaded = ctx.fansOut
      ? await spreadDataSet(tools, { manifestId, file: manifest, files: toLoad })
      : await loadDataSet(tools, toLoad);
    await checkIntegrity(ctx, this.log, manifestId, loaded);
    await setStatus(ctx, manifestId, 'COMPLETED');
    const loadedFiles = loaded.reduce((count, { files: ofType }) => count + ofType, 0);
    this.log.info('data set loaded', { manifest, files: loadedFiles });
    return loaded;
  }

  #newShared(): SharedTools {
    return { slots: new Slots(this.config.connections), freeChunks: [] };
  }

  #tools(ctx: WorkContext, { slots, freeChunks }: SharedTools): Omit<LoadTools, 'progress'> {
    const { bucket, chunkBytes, hashing, pepper, iterations } = this.config;
    const { onRowError, quarantineLimit: limit, keepRaw } = this.config;
    return {
      ctx,
      bucket,
      chunkBytes,
      freeChunks,
      signal: ctx.signal,
      slots,
      db: this.db,
      s3: this.s3,
      log: this.log,
      hashing:
        hashing === 'inline' && pepper !== undefined
          ? { pepper: Buffer.from(pepper, 'hex'), iterations }
          : undefined,
      quarantine: onRowError === 'quarantine' ? { limit, keepRaw } : undefined,
    };
  }

  /** Also what an earlier run could not move to its end. */
  async #moveDone({ contents, known }: Scan, ctx: RunContext): Promise<void> {
    for (const found of contents.manifests) {
      if (known.byKey.get(found.key)?.status !== 'COMPLETED') continue;
      const keys = [...(await fileKeysOf(this.db, found.key)), found.key];
      await moveToDone({ s3: this.s3, bucket: this.config.bucket, ctx }, keys, contents.objects);
      this.log.info('data set moved', { manifest: safe.file(found.key) });
    }
  }
}
