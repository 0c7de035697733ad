// Begins here: says that it ran, and counts what it sees.

import {
  CONFIG,
  DB_POOL,
  definePlugin,
  inject,
  Job,
  LOGGER,
  type Logger,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  workDone,
  z,
} from '@bfd-host/sdk';

//+ config
const config = z.strictObject({
  //+ s3
  bucket: z.string(),
  //-
  limit: z.int().min(1).default(100),
});

//-
@Job({ name: 'my-job', version: '1.0.0', schedule: { cron: '*/5 * * * *' }, startup: true, config })
export class MyJob implements Runnable {
  constructor(
    //+ db
    @inject(DB_POOL) private readonly db: Pool,
    //-
    //+ s3
    @inject(S3) private readonly s3: S3Client,
    //-
    //+ config
    @inject(CONFIG) private readonly settings: z.infer<typeof config>,
    //-
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  // When there is nothing to do, return nothingToDo(): only runs with work are recorded.
  async run(ctx: RunContext): Promise<Outcome> {
    //+ config
    const { limit } = this.settings;
    //-
    //+ db
    const { rows } = await this.db.query<{ name: string }>(
      'select tablename as name from pg_tables',
    );
    //-
    //+ s3
    const request = { Bucket: this.settings.bucket, MaxKeys: limit };
    const { KeyCount: objects = 0 } = await this.s3.listObjectsV2(request);
    //-
    this.log.info('looked around', { attempt: ctx.attempt });
    return workDone({
      counts: {
        runs: 1,
        //+ config
        limit,
        //-
        //+ db
        tables: rows.length,
        //-
        //+ s3
        objects,
        //-
      },
    });
  }
}

export default definePlugin({ jobs: [MyJob] });
