import {
  CONFIG,
  DB_POOL,
  inject,
  Job,
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

const config = z.strictObject({ bucket: z.string() });
type Config = z.infer<typeof config>;

/** Reads names, one a line, from objects that come after the last one. */
abstract class ReadsNames {
  protected abstract readonly s3: S3Client;
  protected abstract readonly settings: Config;

  protected async next(ctx: RunContext): Promise<{ key: string; names: string[] } | undefined> {
    const last = String((await ctx.checkpoint('last')) ?? '');
    const request = { Bucket: this.settings.bucket, StartAfter: last, MaxKeys: 1 };
    const { Contents: [object] = [] } = await this.s3.listObjectsV2(request);
    if (object?.Key === undefined) return undefined;
    const { Body } = await this.s3.getObject({ Bucket: this.settings.bucket, Key: object.Key });
    const text = (await Body?.transformToString()) ?? '';
    return { key: object.Key, names: text.trim().split('\n') };
  }
}

/** Writes with the pool, then notes that it has: killed in between, it writes again. */
@Job({ name: 'notes-afterwards', version: '1.0.0', config })
export class NotesAfterwards extends ReadsNames implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(S3) protected readonly s3: S3Client,
    @inject(CONFIG) protected readonly settings: Config,
  ) {
    super();
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const found = await this.next(ctx);
    if (!found) return nothingToDo();
    for (const name of found.names) {
      await this.db.query('insert into person (name) values ($1)', [name]);
    }
    await ctx.checkpoint('last', found.key);
    return workDone();
  }
}

/** Notes that it has written, then writes: killed in between, it never does. */
@Job({ name: 'notes-before', version: '1.0.0', config })
export class NotesBefore extends ReadsNames implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(S3) protected readonly s3: S3Client,
    @inject(CONFIG) protected readonly settings: Config,
  ) {
    super();
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const found = await this.next(ctx);
    if (!found) return nothingToDo();
    await ctx.checkpoint('last', found.key);
    await this.db.query('insert into person (name) select unnest($1::text[])', [found.names]);
    return workDone();
  }
}

/** Takes an object that cannot be read for an empty one. */
@Job({ name: 'swallows-errors', version: '1.0.0', config })
export class SwallowsErrors extends ReadsNames implements Runnable {
  constructor(
    @inject(DB_POOL) protected readonly db: Pool,
    @inject(S3) protected readonly s3: S3Client,
    @inject(CONFIG) protected readonly settings: Config,
  ) {
    super();
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const { bucket: Bucket } = this.settings;
    const { Contents = [] } = await this.s3.listObjectsV2({ Bucket });
    const { rows } = await this.db.query<{ key: string }>('select key from done');
    const pending = Contents.filter(({ Key }) => !rows.some(({ key }) => key === Key));
    if (pending.length === 0) return nothingToDo();
    for (const { Key } of pending) {
      const text = await this.s3
        .getObject({ Bucket, Key })
        .then(({ Body }) => Body?.transformToString())
        .catch(() => '');
      await ctx.transaction(async (tx) => {
        for (const name of (text ?? '').trim().split('\n').filter(Boolean)) {
          await tx.query('insert into person (name) values ($1)', [name]);
        }
        await tx.query('insert into done (key) values ($1)', [Key]);
      });
    }
    return workDone();
  }
}
