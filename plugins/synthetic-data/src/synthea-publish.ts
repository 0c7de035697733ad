/** The second job: takes what Synthea's BFD exporter wrote, from a bucket, and publishes it as data sets. */

import { createHash } from 'node:crypto';
import {
  CONFIG,
  DB_POOL,
  inject,
  Job,
  LOGGER,
  type Logger,
  nothingToDo,
  type Outcome,
  PermanentError,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  safe,
  workDone,
  z,
} from '@bfd-host/sdk';
import { ensureBucket, refuseExternalBucket, statusOf } from './bucket.ts';
import { type SyntheaPublishConfig, syntheaPublishConfig } from './config.ts';
import { mayResume } from './publications.ts';
import {
  type Buckets,
  checkRun,
  chooseTimestamps,
  publishRun,
  type Timestamps,
} from './synthea/publish-run.ts';
import { findRuns, type RunFile, type SyntheaRun } from './synthea/runs.ts';

const knownRunSchema = z.strictObject({
  /** Of the files: other ones in the same folder are another run. */
  digest: z.string(),
  /** When it was begun; decides what lies in the future. */
  begun: z.string(),
  timestamps: z.record(z.string(), z.string()),
  isPublished: z.boolean(),
});

type KnownRun = z.infer<typeof knownRunSchema>;

@Job({
  name: 'synthea-publish',
  version: '1.0.0',
  description: 'Publishes the RIF output of Synthea, from a bucket, as data sets',
  enabledByDefault: false,
  config: syntheaPublishConfig,
  retries: { limit: 3, delayMs: 2_000 },
})
export class SyntheaPublish implements Runnable {
  constructor(
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly config: SyntheaPublishConfig,
    @inject(LOGGER) private readonly log: Logger,
    // Not called here: checkpoints are kept in the database, which only a job that asks for it gets.
    @inject(DB_POOL) _database: Pool,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const { bucket, allowExternalBucket } = this.config;
    const buckets: Buckets = {
      s3: this.s3,
      target: bucket,
      source: this.config.fromBucket ?? bucket,
    };
    const isOwn = await refuseExternalBucket(this.s3, bucket, {
      isAllowed: allowExternalBucket,
      job: 'synthea-publish',
    });
    const runs = await this.findRuns(ctx, buckets);
    const due: { readonly run: SyntheaRun; readonly known: KnownRun | undefined }[] = [];
    for (const run of runs) {
      const known = await findKnown(ctx, buckets.source, run);
      if (!known?.isPublished) due.push({ run, known });
    }
    if (due.length === 0) {
      this.log.debug('all runs were published before', { runs: runs.length });
      return nothingToDo();
    }

    ctx.workStarts();
    await ensureBucket(this.s3, bucket, { mayCreate: isOwn, signal: ctx.signal });
    const files = due.flatMap(({ run }) => run.files);
    // Each file is read twice: to check it, and to publish it.
    const total = 2 * files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let done = 0;
    const told = (file: RunFile, bytes: number): void => {
      done += bytes;
      ctx.progress({ done, total, unit: 'bytes', label: safe.file(file.name) });
    };
    const counts = {
      runs: due.length,
      dataSets: 0,
      files: files.length,
      rows: 0,
      bytes: total / 2,
    };
    for (const { run, known } of due) {
      const published = await this.publish(ctx, buckets, run, known, told);
      counts.dataSets += published.dataSets;
      counts.rows += published.rows;
    }
    return workDone({ counts });
  }

  private async findRuns(ctx: RunContext, buckets: Buckets): Promise<SyntheaRun[]> {
    const { prefix } = this.config;
    const runs = await findRuns(this.s3, buckets.source, prefix, ctx.signal).catch(
      (error: unknown) => {
        const status = statusOf(error);
        if (status === undefined || status >= 500) throw error;
        throw new PermanentError(
          'BFD_SYNTHEA_SOURCE',
          'Bucket {bucket} cannot be listed: S3 answered {status}. Correct "fromBucket" or "bucket" in the config of synthea-publish, or allow reading it.',
          { bucket: safe.file(buckets.source), status },
          { cause: error },
        );
      },
    );
    // Somebody who asks by hand has a reason to believe that there is something.
    if (runs.length === 0 && ctx.trigger.kind === 'manual') {
      throw new PermanentError(
        'BFD_SYNTHEA_NOTHING',
        'There is no output of Synthea in bucket {bucket} below the "prefix" of synthea-publish. Copy the content of output/bfd there, or correct the prefix.',
        { bucket: safe.file(buckets.source) },
      );
    }
    return runs;
  }

  private async publish(
    ctx: RunContext,
    buckets: Buckets,
    run: SyntheaRun,
    known: KnownRun | undefined,
    told: (file: RunFile, bytes: number) => void,
  ): Promise<{ readonly dataSets: number; readonly rows: number }> {
    const now = new Date();
    const begun = known?.begun ?? now.toISOString();
    const today = this.config.holdFutureClaims ? Date.parse(begun.slice(0, 10)) : undefined;
    const checked = await checkRun(ctx, buckets, run, today, told);
    const timestamps: Timestamps =
      known?.timestamps ?? (await chooseTimestamps(ctx, buckets, checked.parts.all(), now));
    const noted = { digest: run.digest, begun, timestamps, isPublished: false };
    await ctx.checkpoint(nameOf(buckets.source, run), noted);
    const { preValidation: usePreValidation } = this.config;
    await publishRun(ctx, buckets, checked, { timestamps, today, usePreValidation }, told);
    await ctx.checkpoint(nameOf(buckets.source, run), { ...noted, isPublished: true });
    const dataSets = checked.parts.all().length;
    this.log.info('run of Synthea published', {
      dataSets,
      files: run.files.length,
      rows: checked.rows,
      leftOut: run.unknown,
    });
    return { dataSets, rows: checked.rows };
  }
}

async function findKnown(
  ctx: RunContext,
  source: string,
  run: SyntheaRun,
): Promise<KnownRun | undefined> {
  const stored = await ctx.checkpoint(nameOf(source, run));
  if (stored === undefined) return undefined;
  const known = knownRunSchema.parse(stored);
  const isSame = known.digest === run.digest;
  return isSame && (known.isPublished || mayResume(known.begun, new Date())) ? known : undefined;
}

function nameOf(source: string, { folder }: SyntheaRun): string {
  const identity = JSON.stringify([source, folder]);
  return `run-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}
