// The job: looks for data sets in S3, and loads them one after the other, oldest first, until none is left.

import { RIF_TYPES } from '@bfd-host/rif';
import {
  CONFIG,
  DB_POOL,
  inject,
  Job,
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
  workDone,
} from '@bfd-host/sdk';
import { forgetOldFiles } from './bookkeeping/file-state.ts';
import { checkIntegrity } from './bookkeeping/integrity.ts';
import { type CcwConfig, ccwConfig } from './config.ts';
import { type LoadedFile, type LoadTools, loadFile } from './load/load-file.ts';
import {
  type DataSet,
  fileKeysOf,
  type StoredFile,
  setStatus,
} from './manifests/data-set-state.ts';
import { moveToDone } from './manifests/move-done.ts';
import { DataSetQueue, type Scan } from './manifests/next-data-set.ts';
import { findCollision } from './manifests/pre-validation.ts';
import type { Chunk } from './rif/chunk.ts';

@Job({
  name: 'ccw-rif-load',
  version: '2.2.0',
  description: 'Loads CCW RIF data sets from S3 into PostgreSQL',
  schedule: { cron: '*/30 * * * * *', timezone: 'America/New_York' },
  startup: true,
  dependsOn: [{ job: 'database-schema', version: '>=45' }],
  config: ccwConfig,
})
export class CcwRifLoad implements Runnable {
  readonly #queue: DataSetQueue;

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
    const freeChunks: Chunk[] = [];
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
      for (const file of await this.#load(ctx, scan.next, freeChunks)) {
        counts.files++;
        counts.records += file.records;
        counts.quarantined += file.quarantined;
        if (file.childTable === 'ccw.beneficiary_monthly') counts.months += file.childRows;
        else counts.lines += file.childRows;
      }
      counts.dataSets++;
    }
    return counts.dataSets + counts.rejected === 0 ? nothingToDo() : workDone({ counts });
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

  async #load(ctx: RunContext, dataSet: DataSet, freeChunks: Chunk[]): Promise<LoadedFile[]> {
    const { manifestId, found, files } = dataSet;
    const manifest = safe.file(found.key);
    this.log.info('data set begun', { manifest, files: files.length });
    await setStatus(ctx, manifestId, 'STARTED');
    await forgetOldFiles(this.db, ctx);
    const tools = this.#tools(ctx, freeChunks);
    const loaded: LoadedFile[] = [];
    for (const file of inLoadOrder(files)) {
      ctx.signal.throwIfAborted();
      const done = await loadFile(tools, { ...file, manifestId });
      this.log.info('file loaded', {
        file: safe.file(file.key),
        type: safe.name(file.type),
        records: done.records,
      });
      if (done.quarantined > 0) {
        this.log.warn('wrong records left out: see ccw.quarantined_records', {
          file: safe.file(file.key),
          records: done.quarantined,
        });
      }
      loaded.push(done);
    }
    await checkIntegrity(ctx, this.log, manifestId, loaded);
    await setStatus(ctx, manifestId, 'COMPLETED');
    this.log.info('data set loaded', { manifest, files: loaded.length });
    return loaded;
  }

  #tools(ctx: RunContext, freeChunks: Chunk[]): LoadTools {
    const { bucket, connections, chunkBytes, hashing, pepper, iterations } = this.config;
    const { onRowError, quarantineLimit: limit, keepRaw } = this.config;
    return {
      ctx,
      bucket,
      connections,
      chunkBytes,
      db: this.db,
      s3: this.s3,
      log: this.log,
      hashing:
        hashing === 'inline' && pepper !== undefined
          ? { pepper: Buffer.from(pepper, 'hex'), iterations }
          : undefined,
      quarantine: onRowError === 'quarantine' ? { limit, keepRaw } : undefined,
      freeChunks,
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

/** Beneficiaries first, since all else refers to them; files of one type as in the manifest. */
function inLoadOrder(files: readonly StoredFile[]): StoredFile[] {
  return files
    .filter(({ isCompleted }) => !isCompleted)
    .sort(
      (a, b) => RIF_TYPES.indexOf(a.type) - RIF_TYPES.indexOf(b.type) || a.fileIndex - b.fileIndex,
    );
}
