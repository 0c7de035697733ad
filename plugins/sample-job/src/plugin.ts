// A job to read and to take from: it tells which tables were written to since it last looked.

import {
  CONFIG,
  DB_POOL,
  definePlugin,
  inject,
  Job,
  LOGGER,
  type Logger,
  nothingToDo,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  safe,
  workDone,
  z,
} from '@bfd-host/sdk';

const config = z.strictObject({
  schema: z.string().default('ccw').describe('The database schema to look at'),
});
type Config = z.infer<typeof config>;

const WRITES_PER_TABLE = `
  select relname as name,
         -- as float8, since a bigint arrives as text
         (n_tup_ins + n_tup_upd + n_tup_del)::float8 as writes
    from pg_stat_user_tables
   where schemaname = $1
   order by relname`;

@Job({
  name: 'sample-job',
  version: '1.0.0',
  description: 'Tells which tables were written to since it last looked',
  schedule: { cron: '*/5 * * * *' },
  startup: true,
  enabledByDefault: false,
  config,
})
export class SampleJob implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(CONFIG) private readonly config: Config,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const tables = await this.db.query<{ name: string; writes: number }>(WRITES_PER_TABLE, [
      this.config.schema,
    ]);
    const seen = z.record(z.string(), z.number()).parse((await ctx.checkpoint('writes')) ?? {});
    const changed = tables.rows.filter(({ name, writes }) => writes !== (seen[name] ?? 0));
    if (changed.length === 0) return nothingToDo();

    for (const [index, { name }] of changed.entries()) {
      this.log.info('table was written to', { table: safe.name(name) });
      ctx.progress({ done: index + 1, total: changed.length, unit: 'tables' });
    }
    const now = Object.fromEntries(tables.rows.map(({ name, writes }) => [name, writes]));
    await ctx.checkpoint('writes', now);
    return workDone({ counts: { tables: changed.length } });
  }
}

export default definePlugin({ jobs: [SampleJob] });
