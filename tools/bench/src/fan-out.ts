// How many items of `ctx.forEach` a second go through the queue of all hosts, from the first put in to the join. Beside it,
// by turns and on the same database: pg-boss alone, which puts as many in, takes them 50 at a time and completes them.

import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { type Database, openDatabase } from '../../../host/src/database/database.ts';
import { notify } from '../../../host/src/database/notifications.ts';
import { RunQueue } from '../../../host/src/engine/queue.ts';
import { Project } from '../../../test/support/project.ts';
import type { BenchOutcome } from './main.ts';
import { median } from './statistics.ts';

const ITEMS = 10_000;
const ROUNDS = 7;
const LEAST_RATIO = 0.8;
const PUT_AT_A_TIME = 1000;
const TAKEN_AT_A_TIME = 50;

/** A plugin whose job `spread` does so. */
export function spreadSource(): string {
  return `
    import { definePlugin, Job, workDone } from '@bfd-host/sdk';
    @Job({ name: 'spread', version: '1.0.0' })
    class Spread {
      async run(ctx) {
        const { done } = await ctx.forEach(Array.from({ length: ${ITEMS} }, (_, n) => ({ n })));
        return workDone({ counts: { items: done } });
      }
      async forItem() {}
    }
    export default definePlugin({ jobs: [Spread] });
  `;
}

export async function benchFanOut([
  rounds = String(ROUNDS),
]: readonly string[]): Promise<BenchOutcome> {
  await using project = await Project.make({
    config: { http: false, jobs: { spread: { fanOut: true } } },
  });
  await project.write('spread', spreadSource());
  const host = project.start();
  await host.waitFor({ event: 'host.started' });
  const { url } = project.database;
  await using database = await openDatabase({ url, poolSize: 2, applicationName: 'bench' });
  await using queue = await RunQueue.open(database, ['spread'], fail);

  const measured: { ours: number; pgBoss: number }[] = [];
  await drainItems(database, queue); // warms everything
  for (let round = 0; round < Number(rounds); round++) {
    measured.push({
      ours: await drainItems(database, queue),
      pgBoss: await drainPgBoss(url),
    });
  }
  const ratio = median(measured.map(({ ours, pgBoss }) => ours / pgBoss));
  const rate = (of: 'ours' | 'pgBoss') => median(measured.map((each) => each[of])).toFixed(0);
  return {
    data: { rounds: measured, ratio },
    lines: [
      `${measured.length} rounds of ${ITEMS} items that do nothing, one host; medians, items a second:`,
      `  ctx.forEach over the queue  ${rate('ours')}`,
      `  pg-boss alone               ${rate('pgBoss')}: we do ${ratio.toFixed(2)} of it (at least ${LEAST_RATIO})`,
    ],
    isPassed: ratio >= LEAST_RATIO,
  };
}

/** @returns items a second, of the run's own time */
export async function drainItems(database: Database, queue: RunQueue): Promise<number> {
  const { pool } = database;
  const runId = randomUUID();
  await database.transaction(async (client) => {
    const trigger = { kind: 'manual', requestedBy: 'bench' } as const;
    await queue.send(client, { job: 'spread', runId, attempt: 1, trigger });
    await notify(client, { kind: 'wake' });
  });
  for (;;) {
    const { rows } = await pool.query<{ result: string; seconds: number }>(
      `select result, extract(epoch from finished_at - started_at)::float8 as seconds from bfd_host.run
        where run_id = $1 and finished_at is not null`,
      [runId],
    );
    const [run] = rows;
    if (run && run.result !== 'succeeded') throw new Error(`the run ${run.result}`);
    if (run) return ITEMS / run.seconds;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function drainPgBoss(url: string): Promise<number> {
  const boss = new PgBoss({ connectionString: url, schema: 'yardstick', schedule: false, max: 6 });
  boss.on('error', fail);
  await boss.start();
  try {
    await boss.createQueue('items');
    const began = performance.now();
    for (let from = 0; from < ITEMS; from += PUT_AT_A_TIME) {
      const items = Array.from({ length: PUT_AT_A_TIME }, (_, n) => ({ data: { n: from + n } }));
      await boss.insert('items', items);
    }
    for (let done = 0; done < ITEMS; ) {
      const taken = await boss.fetch('items', { batchSize: TAKEN_AT_A_TIME });
      await boss.complete(
        'items',
        taken.map(({ id }) => id),
      );
      done += taken.length;
    }
    return ITEMS / ((performance.now() - began) / 1000);
  } finally {
    await boss.deleteAllJobs('items');
    await boss.stop({ graceful: true });
  }
}

function fail(error: Error): never {
  throw error;
}
