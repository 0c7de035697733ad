// The same jobs, one of which ignores the fence: it commits without asking whether the run is still its own, and begins
// at the beginning when it is tried again.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  DB_POOL,
  definePlugin,
  inject,
  Job,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  workDone,
} from '@bfd-host/sdk';
import { STEPS } from '../../workload/src/counts.ts';
import { Archive, Follower, Ticking } from '../../workload/src/plugin.ts';

@Job({ name: 'steps', version: '1.0.0', schedule: { cron: '*/6 * * * * *' } })
class CarelessSteps implements Runnable {
  constructor(@inject(DB_POOL) private readonly db: Pool) {}

  async run(ctx: RunContext): Promise<Outcome> {
    ctx.workStarts();
    for (let step = 0; step < STEPS; step++) {
      await this.db.query('insert into chaos.step values ($1, $2, $3)', [
        ctx.runId,
        ctx.attempt,
        step,
      ]);
      await sleep(100);
    }
    return workDone({ counts: { steps: STEPS } });
  }
}

export default definePlugin({ jobs: [Ticking, CarelessSteps, Follower, Archive] });
