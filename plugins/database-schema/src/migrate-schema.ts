/** The job that other jobs wait for: it brings the schemas `ccw` and `rda` to this build's version. */

import {
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
  workDone,
} from '@bfd-host/sdk';
import { applyMigrations } from './apply-migrations.ts';
import { MIGRATIONS } from './migrations.ts';

@Job({
  name: 'database-schema',
  version: '1.0.0',
  description: 'Brings the database schemas to the version the other jobs need',
  startup: true,
  // Nothing else starts this job again, and every job that loads data waits for it.
  retries: { limit: 5, delayMs: 2_000, maxDelayMs: 60_000 },
})
export class MigrateSchema implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const { applied, version } = await applyMigrations(this.db, MIGRATIONS, {
      signal: ctx.signal,
      workStarts: () => ctx.workStarts(),
    });
    if (applied.length === 0) return nothingToDo({ version: String(version) });
    this.log.info('schema migrated', { migrations: applied.length, version });
    return workDone({ version: String(version), counts: { migrations: applied.length } });
  }
}
