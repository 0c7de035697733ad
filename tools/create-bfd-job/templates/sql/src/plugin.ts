// Deletes what is older than some days, in portions that hold no lock for long.

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
  workDone,
  z,
} from '@bfd-host/sdk';

const config = z.strictObject({
  days: z.int().min(1).default(90),
  portion: z.int().min(1).default(10_000),
});

const COUNT_OLD = `
  select count(*)::int as total from audit.event where at < now() - make_interval(days => $1)`;

const DELETE_OLD = `
  delete from audit.event
   where id in (select id from audit.event where at < now() - make_interval(days => $1) limit $2)`;

@Job({ name: 'my-job', version: '1.0.0', schedule: { cron: '0 4 * * *' }, config })
export class MyJob implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(CONFIG) private readonly settings: z.infer<typeof config>,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const { days, portion } = this.settings;
    const { rows } = await this.db.query<{ total: number }>(COUNT_OLD, [days]);
    const total = rows[0]?.total ?? 0;
    if (total === 0) return nothingToDo();

    let done = 0;
    while (done < total) {
      ctx.progress({ done, total, unit: 'rows' });
      const { rowCount } = await ctx.transaction((tx) => tx.query(DELETE_OLD, [days, portion]));
      if (!rowCount) break;
      done += rowCount;
    }
    this.log.info('old events deleted', { rows: done, days });
    return workDone({ counts: { rows: done } });
  }
}

export default definePlugin({ jobs: [MyJob] });
