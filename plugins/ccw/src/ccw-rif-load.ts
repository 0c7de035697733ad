// The job: looks for data sets in S3, and loads them one after the other, oldest first, until none is left.

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
import { loadDataSet } from './load/load-data-set.ts';
import type { LoadedFile, LoadTools } from './load/load-file.ts';
import { Slots } from './load/slots.ts';
import { type DataSet, fileKeysOf, setStatus } from './manifests/data-set-state.ts';
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
  dependsOn: [{ job: 'database-schema', version: '>=46' }],
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
      for (const file of await this.#load(ctx, scan, scan.next, freeChunks)) {
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

  async #load(
    ctx: RunContext,
    { contents }: Scan,
    { manifestId, found, files }: DataSet,
    freeChunks: Chunk[],
  ): Promise<LoadedFile[]> {
    const manifest = safe.file(found.key);
    this.log.info('data set begun', { manifest, files: files.length });
    await setStatus(ctx, manifestId, 'STARTED');
    await forgetOldFiles(this.db, ctx);
    const toLoad = files.map((file) => {
      const sizeBytes = contents.objects.get(file.key)?.sizeBytes ?? 0;
      return { ...file, manifestId, sizeBytes };
    });
    const tools = this.#tools(ctx, freeChunks);
    const loaded = await loadDataSet(tools, toLoad, this.config.typesAtOnce);
    await checkIntegrity(ctx, this.log, manifestId, loaded);
    await setStatus(ctx, manifestId, 'COMPLETED');
    this.log.info('data set loaded', { manifest, files: loaded.length });
    return loaded;
  }

  #tools(ctx: RunContext, freeChunks: Chunk[]): Omit<LoadTools, 'progress'> {
    const { bucket, connections, chunkBytes, hashing, pepper, iterations } = this.config;
    const { onRowError, quarantineLimit: limit, keepRaw } = this.config;
    return {
      ctx,
      bucket,
      chunkBytes,
      freeChunks,
      signal: ctx.signal,
      slots: new Slots(connections),
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
