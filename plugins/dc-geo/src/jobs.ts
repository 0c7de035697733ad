/** The two jobs: one for each claim system, alike but for their layout. */

import {
  CONFIG,
  DB_POOL,
  inject,
  Job,
  LOGGER,
  type Logger,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
} from '@bfd-host/sdk';
import { type RdaConfig, rdaConfigSchema } from './config.ts';
import { LAYOUTS } from './layout/layouts.ts';
import { runLoad } from './load/rda-load.ts';
import { tryOut } from './load/try-out.ts';

/** What both jobs are alike in. They need a server, so they run only where somebody says so. */
const RDA_JOB = {
  version: '1.0.0',
  schedule: { cron: '*/5 * * * *' },
  dependsOn: [{ job: 'database-schema', version: '>=43' }],
  config: rdaConfigSchema,
  enabledByDefault: false,
} as const;

@Job({
  ...RDA_JOB,
  name: 'rda-fiss-load',
  description: 'Loads FISS claims (institutional) from the RDA API',
})
export class RdaFissLoad implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(CONFIG) private readonly config: RdaConfig,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async preflight({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { db, config, log } = this;
    if (config.smokeTest) await tryOut({ layout: LAYOUTS.FISS, db, config, log }, signal);
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const { db, config, log } = this;
    return runLoad({ layout: LAYOUTS.FISS, db, config, log, ctx });
  }
}

@Job({
  ...RDA_JOB,
  name: 'rda-mcs-load',
  description: 'Loads MCS claims (professional) from the RDA API',
})
export class RdaMcsLoad implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(CONFIG) private readonly config: RdaConfig,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async preflight({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { db, config, log } = this;
    if (config.smokeTest) await tryOut({ layout: LAYOUTS.MCS, db, config, log }, signal);
  }

  async run(ctx: RunContext): Promise<Outcome> {
    const { db, config, log } = this;
    return runLoad({ layout: LAYOUTS.MCS, db, config, log, ctx });
  }
}
