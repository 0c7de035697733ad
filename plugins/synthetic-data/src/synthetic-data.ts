/** The job: publishes the data set that its configuration describes, once. */

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
} from '@bfd-host/sdk';
import { ensureBucket, hasObject, isEmbedded } from './bucket.ts';
import { type SyntheticDataConfig, syntheticDataConfig } from './config.ts';
import { CARE_TYPES, type DataSet, type Numbers, planDataSet } from './generator.ts';
import {
  findPublication,
  nextNumbers,
  noteEnd,
  noteStart,
  type Publication,
  timestampFor,
} from './publications.ts';
import { placesOfManifest, publish } from './publish.ts';

@Job({
  name: 'synthetic-data',
  version: '1.0.0',
  description: 'Writes a made-up data set of every RIF type to S3',
  startup: true,
  enabledByDefault: false,
  config: syntheticDataConfig,
  retries: { limit: 3, delayMs: 2_000 },
})
export class SyntheticData implements Runnable {
  constructor(
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly config: SyntheticDataConfig,
    @inject(LOGGER) private readonly log: Logger,
    // Not called here: checkpoints are kept in the database, which only a job that asks for it gets.
    @inject(DB_POOL) _database: Pool,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const { bucket } = this.config;
    const isOwn = await isEmbedded(this.s3);
    if (!isOwn && !this.config.allowExternalBucket) {
      throw new PermanentError(
        'BFD_SYNTHETIC_EXTERNAL_BUCKET',
        'Bucket {bucket} is not in the embedded S3, and made-up data may not belong there. Disable synthetic-data, or set "allowExternalBucket": true in its config.',
        { bucket: safe.name(bucket) },
      );
    }
    const known = await findPublication(ctx, this.config);
    if (known?.isPublished && (!isOwn || (await this.isStillThere(known, ctx.signal)))) {
      this.log.debug('data set was published before', {
        dataSet: safe.timestamp(known.timestamp),
      });
      return nothingToDo();
    }

    ctx.workStarts();
    const start = known?.start ?? (await nextNumbers(ctx));
    const dataSet = planFrom(this.config, start);
    const publication: Publication = {
      timestamp: timestampFor(known, new Date()),
      start,
      isPublished: false,
    };
    await ensureBucket(this.s3, bucket, { mayCreate: isOwn, signal: ctx.signal });
    await noteStart(ctx, this.config, publication, dataSet.next);
    const { rows, bytes } = await publish(ctx, bucket, dataSet, publication.timestamp);
    await noteEnd(ctx, this.config, publication);
    const counts = {
      files: dataSet.files.length,
      beneficiaries: dataSet.beneficiaries,
      claims: CARE_TYPES.reduce((sum, type) => sum + dataSet.records[type], 0),
      rows,
      bytes,
    };
    this.log.info('data set published', {
      dataSet: safe.timestamp(publication.timestamp),
      ...counts,
    });
    return workDone({ counts });
  }

  // The embedded S3 may have been emptied while the database was kept. In a bucket of somebody else's, a
  // data set that is gone was taken away on purpose.
  private async isStillThere(known: Publication, signal: AbortSignal): Promise<boolean> {
    for (const key of placesOfManifest(known.timestamp)) {
      if (await hasObject(this.s3, this.config.bucket, key, signal)) return true;
    }
    return false;
  }
}

function planFrom(config: SyntheticDataConfig, start: Numbers): DataSet {
  const { seed, beneficiaries, year, claimsPerBeneficiary } = config;
  try {
    return planDataSet({ seed, beneficiaries, year, claimsPerBeneficiary, start });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PermanentError(
      'BFD_SYNTHETIC_NUMBERS_USED_UP',
      'There are no identifiers left for {beneficiaries} more made-up beneficiaries. Lower "beneficiaries" in the config of synthetic-data.',
      { beneficiaries },
      { cause: error },
    );
  }
}
