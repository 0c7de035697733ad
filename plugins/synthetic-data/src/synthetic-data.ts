/** The job: publishes the data sets that its configuration describes, each once. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
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
import { ensureBucket, hasObject, refuseExternalBucket } from './bucket.ts';
import { type SyntheticDataConfig, syntheticDataConfig } from './config.ts';
import {
  CARE_TYPES,
  type DataSet,
  endStateOf,
  type Numbers,
  numbersOf,
  planDataSet,
  planUpdates,
  preValidationOf,
  type Tally,
} from './generator.ts';
import {
  type DataSetKey,
  findPublication,
  lastTimestamp,
  nextNumbers,
  noteEnd,
  noteStart,
  type Publication,
  timestampFor,
} from './publications.ts';
import { type Destination, placesOfManifest, publish } from './publish.ts';

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
    const isOwn = await refuseExternalBucket(this.s3, bucket, {
      isAllowed: this.config.allowExternalBucket,
      job: 'synthetic-data',
    });
    const known = await this.publications(ctx);
    const missing = await this.firstMissing(known, isOwn, ctx.signal);
    if (missing === undefined) {
      this.log.debug('data sets were published before', { dataSets: known.length });
      return nothingToDo();
    }

    ctx.workStarts();
    const start = known[0]?.start;
    const people = planFrom(this.config, start ? numbersOf(start) : await nextNumbers(ctx));
    const dataSets = known.map((_, revision) =>
      revision === 0 ? people : planUpdates(people, revision),
    );
    await ensureBucket(this.s3, bucket, { mayCreate: isOwn, signal: ctx.signal });
    const due = dataSets.slice(missing);
    const total = due.reduce((sum, dataSet) => sum + recordsOf(dataSet), 0);
    const done: Tally = { records: 0, rows: 0, bytes: 0 };
    for (const dataSet of due) {
      await this.publishOne(ctx, dataSet, known[dataSet.revision], { done, total });
    }
    const files = due.reduce((sum, dataSet) => sum + dataSet.files.length, 0);
    const beneficiaries = due.includes(people) ? people.beneficiaries : 0;
    const claims = due.reduce((sum, dataSet) => sum + recordsOf(dataSet, CARE_TYPES), 0);
    const { rows, bytes } = done;
    return workDone({
      counts: { dataSets: due.length, files, beneficiaries, claims, rows, bytes },
    });
  }

  /** What is known of each data set, the people's first. */
  private async publications(ctx: RunContext): Promise<(Publication | undefined)[]> {
    const known: (Publication | undefined)[] = [];
    for (let revision = 0; revision <= this.config.updates; revision++) {
      known.push(await findPublication(ctx, this.keyOf(revision)));
    }
    return known;
  }

  /** The revision to begin with: what comes after it is published again, since updates come after what they update. */
  private async firstMissing(
    known: readonly (Publication | undefined)[],
    isOwn: boolean,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    for (const [revision, publication] of known.entries()) {
      if (!publication?.isPublished) return revision;
      if (isOwn && !(await this.isStillThere(publication, signal))) return revision;
    }
    return undefined;
  }

  // The embedded S3 may have been emptied while the database was kept. In a bucket of somebody else's, a
  // data set that is gone was taken away on purpose.
  private async isStillThere(known: Publication, signal: AbortSignal): Promise<boolean> {
    for (const key of placesOfManifest(known.timestamp)) {
      if (await hasObject(this.s3, this.config.bucket, key, signal)) return true;
    }
    return false;
  }

  private async publishOne(
    ctx: RunContext,
    dataSet: DataSet,
    known: Publication | undefined,
    { done, total }: { readonly done: Tally; readonly total: number },
  ): Promise<void> {
    const { revision, files } = dataSet;
    const now = new Date();
    const following = this.config.updates - revision;
    const last = await lastTimestamp(ctx);
    const publication: Publication = {
      timestamp: timestampFor(known, { now, following, last }),
      isPublished: false,
      start: revision === 0 ? { ...endStateOf(dataSet.start) } : null,
    };
    const { timestamp } = publication;
    const destination: Destination = {
      bucket: this.config.bucket,
      timestamp,
      // Updates are to numbers that are taken, and so is a data set published again: the load may have it.
      ...(this.config.preValidation &&
        revision === 0 &&
        !known?.isPublished && { preValidation: preValidationOf(dataSet, new Date(timestamp)) }),
    };
    await noteStart(ctx, this.keyOf(revision), publication, dataSet.next);
    await publish(ctx, dataSet, destination, done, total);
    await noteEnd(ctx, this.keyOf(revision), publication);
    this.log.info('data set published', {
      dataSet: safe.timestamp(timestamp),
      updates: revision,
      files: files.length,
      records: recordsOf(dataSet),
    });
  }

  private keyOf(revision: number): DataSetKey {
    return { config: this.config, revision };
  }
}

/** Records in the files of a data set, of these types only if given. */
function recordsOf({ files }: DataSet, types: readonly RifType[] = RIF_TYPES): number {
  return files.reduce((sum, { type, records }) => sum + (types.includes(type) ? records : 0), 0);
}

function planFrom(config: SyntheticDataConfig, start: Numbers): DataSet {
  const { seed, beneficiaries, year, years, claimsPerBeneficiary } = config;
  try {
    return planDataSet({ seed, beneficiaries, year, years, claimsPerBeneficiary, start });
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
