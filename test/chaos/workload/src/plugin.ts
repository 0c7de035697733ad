// What chaos strikes at: jobs whose effects can be counted. Each follows the rule for effects that happen once: the row and
// the word that it was written are one transaction, so that a run which begins again goes on where it was.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONFIG,
  DB_POOL,
  definePlugin,
  inject,
  Job,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  workDone,
  z,
} from '@bfd-host/sdk';
import { STEPS } from './counts.ts';

/** Enough to outlast any scenario. */
const RETRIES = { limit: 1000, delayMs: 500, maxDelayMs: 2000 };
/** An answer of the database or of S3 that never comes is waited for no longer: nothing else ends such a run. */
const TIMEOUT = { softMs: 15_000 };
const STEP_MS = 40;
/** More runs of a job than can be on their way at once. */
const KEPT = 20;

/** One row a fire. Its filler makes the table grow, so that a full disk is felt. */
@Job({
  name: 'ticking',
  version: '1.0.0',
  schedule: { cron: '* * * * * *' },
  retries: RETRIES,
  timeout: TIMEOUT,
})
export class Ticking implements Runnable {
  constructor(@inject(DB_POOL) protected readonly db: Pool) {}

  async run(ctx: RunContext): Promise<Outcome> {
    ctx.workStarts();
    const filler = randomBytes(2000).toString('hex');
    await once(ctx, (tx) =>
      tx.query('insert into chaos.tick values ($1, $2, $3)', [ctx.runId, ctx.attempt, filler]),
    );
    return workDone();
  }
}

/** Several commits a run, each of which can be the last before something happens. */
@Job({
  name: 'steps',
  version: '1.0.0',
  schedule: { cron: '*/6 * * * * *' },
  retries: RETRIES,
  timeout: TIMEOUT,
})
export class Steps implements Runnable {
  constructor(@inject(DB_POOL) protected readonly db: Pool) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const before = ((await ctx.checkpoint('steps')) ?? []) as [string, number][];
    const others = before.filter(([run]) => run !== ctx.runId).slice(-KEPT);
    const [, begun = 0] = before.find(([run]) => run === ctx.runId) ?? [];
    for (let step = begun; step < STEPS; step++) {
      await ctx.transaction(async (tx) => {
        // First, so that the lease's row is locked for a while: what is then cut off holds it.
        await tx.checkpoint('steps', [...others, [ctx.runId, step + 1]]);
        await tx.query('insert into chaos.step values ($1, $2, $3)', [
          ctx.runId,
          ctx.attempt,
          step,
        ]);
        await sleep(STEP_MS);
      });
      await sleep(STEP_MS);
    }
    return workDone({ counts: { steps: STEPS } });
  }
}

/** Follows `steps`. */
@Job({
  name: 'follower',
  version: '1.0.0',
  dependsOn: [{ job: 'steps' }],
  retries: RETRIES,
  timeout: TIMEOUT,
})
export class Follower implements Runnable {
  constructor(@inject(DB_POOL) protected readonly db: Pool) {}

  async run(ctx: RunContext): Promise<Outcome> {
    ctx.workStarts();
    await once(ctx, (tx) =>
      tx.query('insert into chaos.followed values ($1, $2)', [ctx.runId, ctx.attempt]),
    );
    return workDone();
  }
}

/** Writes an object, reads it back, and then says in the database that it is there. */
@Job({
  name: 'archive',
  version: '1.0.0',
  schedule: { cron: '*/2 * * * * *' },
  retries: RETRIES,
  timeout: TIMEOUT,
  config: z.strictObject({ bucket: z.string() }),
})
export class Archive implements Runnable {
  constructor(
    @inject(DB_POOL) protected readonly db: Pool,
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly config: { readonly bucket: string },
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    ctx.workStarts();
    const at = { Bucket: this.config.bucket, Key: `runs/${ctx.runId}` };
    await this.s3.putObject({ ...at, Body: ctx.runId });
    const { Body } = await this.s3.getObject(at);
    const written = await Body?.transformToString();
    await once(ctx, (tx) =>
      tx.query('insert into chaos.archived values ($1, $2, $3)', [ctx.runId, ctx.attempt, written]),
    );
    return workDone();
  }
}

type Work = Parameters<RunContext['transaction']>[0];

// Of several runs, since others come between a run that failed and its next attempt.
async function once(ctx: RunContext, work: Work): Promise<void> {
  const done = ((await ctx.checkpoint('done')) ?? []) as string[];
  if (done.includes(ctx.runId)) return;
  await ctx.transaction(async (tx) => {
    await work(tx);
    await tx.checkpoint('done', [...done.slice(-KEPT), ctx.runId]);
  });
}

export default definePlugin({ jobs: [Ticking, Steps, Follower, Archive] });
