// What one database carries, by the number of hosts on it: runs a second, items a second, and what hosts cost it that do
// nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../host/src/database/database.ts';
import { RunQueue } from '../../../host/src/engine/queue.ts';
import { jobSource, Project } from '../../../test/support/project.ts';
import { drainRuns } from './dispatch.ts';
import { drainItems, spreadSource } from './fan-out.ts';
import type { BenchOutcome } from './main.ts';
import { median } from './statistics.ts';

const JOBS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const RUNS_OF_EACH = 100;
const HOSTS = [1, 2, 4];
const ROUNDS = 3;
const IDLE_MS = 10_000;

interface Scale {
  readonly hosts: number;
  readonly runsPerSecond: number;
  readonly itemsPerSecond: number;
  /** Of all hosts together, which have nothing to do. */
  readonly idleTransactionsPerSecond: number;
}

export async function benchScale(): Promise<BenchOutcome> {
  const measured: Scale[] = [];
  for (const hosts of HOSTS) measured.push(await withHosts(hosts));
  return {
    data: { results: measured },
    lines: [
      'hosts  runs/s  items/s  transactions/s while idle',
      ...measured.map(({ hosts, runsPerSecond, itemsPerSecond, idleTransactionsPerSecond }) =>
        [
          String(hosts).padStart(5),
          runsPerSecond.toFixed(0).padStart(7),
          itemsPerSecond.toFixed(0).padStart(8),
          idleTransactionsPerSecond.toFixed(1).padStart(8),
        ].join(' '),
      ),
    ],
    isPassed: true,
  };
}

async function withHosts(count: number): Promise<Scale> {
  await using project = await Project.make({
    config: { http: false, concurrency: 4, jobs: { spread: { fanOut: true } } },
  });
  for (const name of JOBS) {
    const body =
      "return ctx.trigger.kind === 'manual' ? workDone({ counts: { runs: 1 } }) : nothingToDo();";
    await project.write(name, jobSource({ name, body }));
  }
  await project.write('spread', spreadSource());
  const hosts = Array.from({ length: count }, () => project.start());
  for (const host of hosts) await host.waitFor({ event: 'host.started' });
  const { url, pool } = project.database;
  await using database = await openDatabase({ url, poolSize: 2, applicationName: 'bench' });
  await using queue = await RunQueue.open(database, [...JOBS, 'spread'], fail);

  const load = { jobs: JOBS, runsOfEach: RUNS_OF_EACH };
  await drainRuns(pool, database, queue, load); // warms everything
  const runs: number[] = [];
  const items: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    runs.push(await drainRuns(pool, database, queue, load));
    items.push(await drainItems(database, queue));
  }
  return {
    hosts: count,
    runsPerSecond: median(runs),
    itemsPerSecond: median(items),
    idleTransactionsPerSecond: await idle(pool),
  };
}

/** What was done before is told late, so that is waited for; and hosts do things seldom, so it is asked some seconds apart. */
async function idle(pool: Project['database']['pool']): Promise<number> {
  const committed = async () => {
    const { rows } = await pool.query(
      'select xact_commit::float8 as n from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0].n);
  };
  await sleep(IDLE_MS);
  const before = await committed();
  await sleep(IDLE_MS);
  return ((await committed()) - before) / (IDLE_MS / 1000);
}

function fail(error: Error): never {
  throw error;
}
