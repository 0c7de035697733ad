// Loads each new CSV file of a bucket into a table, several at a time; with "fanOut": true on all hosts together.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CONFIG,
  DB_POOL,
  definePlugin,
  type ItemContext,
  inject,
  Job,
  JobError,
  type Json,
  nothingToDo,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  workDone,
  z,
} from '@bfd-host/sdk';
import { from as copyFrom } from 'pg-copy-streams';

const config = z.strictObject({ bucket: z.string() });

const LOAD = 'copy people.person (id, name, born) from stdin with (format csv, header match)';
const NEW = 'select * from unnest($1::text[]) key where key not in (select key from people.file)';

@Job({ name: 'my-job', version: '1.0.0', schedule: { cron: '*/5 * * * *' }, startup: true, config })
export class MyJob implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly from: z.infer<typeof config>,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const list = await Array.fromAsync(this.s3.paginateListObjectsV2({ Bucket: this.from.bucket }));
    const keys = list.flatMap(({ Contents = [] }) => Contents.map(({ Key }) => Key));
    const { rows: files } = await this.db.query<{ key: string }>(NEW, [keys]);
    if (files.length === 0) return nothingToDo();

    const { done, failed } = await ctx.forEach(files.map(({ key }) => key));
    if (failed.length > 0) {
      throw new JobError('FILES_NOT_LOADED', '{failed} of {files} files could not be loaded.', {
        failed: failed.length,
        files: files.length,
      });
    }
    return workDone({ counts: { files: done } });
  }

  // Perhaps on another host: whatever it needs is in the item or in this instance's services.
  async forItem(item: Json, ctx: ItemContext): Promise<void> {
    const key = String(item);
    const { Body } = await this.s3.getObject({ Bucket: this.from.bucket, Key: key });
    await ctx.transaction(async (tx) => {
      await pipeline(Body as Readable, tx.query(copyFrom(LOAD)));
      await tx.query('insert into people.file (key) values ($1)', [key]);
    });
  }
}

export default definePlugin({ jobs: [MyJob] });
