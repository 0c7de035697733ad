// How many runs a second a host begins, sees through and records, and how soon after it is asked a run starts. Beside it,
// by turns and on the same database: pg-boss alone, which only takes a job and says that it is done, and graphile-worker.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { openDatabase } from '../../../host/src/database/database.ts';
import { notify } from '../../../host/src/database/notifications.ts';
import { RunQueue } from '../../../host/src/engine/queue.ts';
import { RunRequests } from '../../../host/src/engine/requests.ts';
import { BIN, jobSource, Project } from '../../../test/support/project.ts';
import { installGraphileWorker } from './graphile-worker.ts';
import type { BenchOutcome } from './main.ts';
import { median, percentile } from './statistics.ts';

const JOBS = ['a', 'b', 'c', 'd'];
const RUNS_OF_EACH = 500;
const WARM_UPS = 3;
const LOAD = { jobs: JOBS, runsOfEach: RUNS_OF_EACH };
const ROUNDS = 7;
const STARTS = 300;
const LEAST_RATIO = 0.8;
const POLL_SECONDS = 0.5; // the least that pg-boss allows

interface Round {
  readonly ours: number;
  readonly pgBossWork: number;
  readonly pgBossBare: number;
  readonly graphile: number;
}

export async function benchDispatch([
  rounds = String(ROUNDS),
]: readonly string[]): Promise<BenchOutcome> {
  await using project = await Project.make({ config: { concurrency: JOBS.length } });
  for (const name of JOBS) {
    const body =
      "return ctx.trigger.kind === 'manual' ? workDone({ counts: { runs: 1 } }) : nothingToDo();";
    await project.write(name, jobSource({ name, body }));
  }
  await using _host = startLogging(project);
  const { url, pool } = project.database;
  await using database = await openDatabase({ url, poolSize: 2, applicationName: 'bench' });
  await using queue = await RunQueue.open(database, JOBS, fail);
  const requests = new RunRequests(database, queue);
  await using graphileWorker = await installGraphileWorker(url);

  const measured: Round[] = [];
  // As in a host that has run for a while. pg-boss knows how much waits in a queue only after some two minutes.
  for (let time = 0; time < WARM_UPS; time++) await drainRuns(pool, database, queue, LOAD);
  await drainPgBoss(url, 'work');
  for (let round = 0; round < Number(rounds); round++) {
    measured.push({
      ours: await drainRuns(pool, database, queue, LOAD),
      pgBossWork: await drainPgBoss(url, 'work'),
      pgBossBare: await drainPgBoss(url, 'bare'),
      graphile: await graphileWorker.drain(JOBS.length * RUNS_OF_EACH, JOBS.length),
    });
  }
  const startMs = await startLatencies(requests, database);
  const ratio = median(measured.map(({ ours, pgBossWork }) => ours / pgBossWork));
  const bare = median(measured.map(({ ours, pgBossBare }) => ours / pgBossBare));
  const rate = (of: keyof Round) => median(measured.map((round) => round[of])).toFixed(0);
  return {
    data: { rounds: measured, ratio, bare, startMs },
    lines: [
      `${measured.length} rounds of ${JOBS.length * RUNS_OF_EACH} runs, ${JOBS.length} at a time; medians, runs a second:`,
      `  bfd-host, each run recorded            ${rate('ours')}`,
      `  pg-boss, work() polling as fast as it may  ${rate('pgBossWork')}: we do ${ratio.toFixed(2)} of it (at least ${LEAST_RATIO})`,
      `  pg-boss, fetch and complete in a loop  ${rate('pgBossBare')}: we do ${bare.toFixed(2)} of it`,
      `  graphile-worker                        ${rate('graphile')}`,
      `from asked to begun, ${startMs.length} times: p50 ${percentile(startMs, 50).toFixed(0)} ms, p99 ${percentile(startMs, 99).toFixed(0)} ms`,
    ],
    isPassed: ratio >= LEAST_RATIO,
  };
}

type Database = Awaited<ReturnType<typeof openDatabase>>;

/** A host whose lines go to a file, as where Splunk's forwarder reads them, and not through this process. */
function startLogging(project: Project): AsyncDisposable {
  const log = openSync(path.join(project.folder, 'host.log'), 'w');
  const child = spawn(process.execPath, [BIN, 'start', '--json'], {
    cwd: project.folder,
    env: { ...process.env, ...project.env },
    stdio: ['ignore', log, 'inherit'],
  });
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      closeSync(log);
    },
  };
}

/** @returns runs a second */
export async function drainRuns(
  pool: pg.Pool,
  database: Database,
  queue: RunQueue,
  { jobs, runsOfEach }: { readonly jobs: readonly string[]; readonly runsOfEach: number },
): Promise<number> {
  const ids: string[] = [];
  const { rows: asked } = await database.transaction(async (client) => {
    for (const job of jobs) {
      for (let n = 0; n < runsOfEach; n++) {
        const runId = randomUUID();
        ids.push(runId);
        const trigger = { kind: 'manual', requestedBy: 'bench' } as const;
        await queue.send(client, { job, runId, attempt: 1, trigger });
      }
    }
    await notify(client, { kind: 'wake' });
    return client.query<{ at: Date }>('select clock_timestamp() as at');
  });
  // Seldom, and through an index: the host has the machine. When the last run ended is in its record.
  await until(async () => {
    const { rows } = await pool.query<{ isDue: boolean }>(
      'select bool_or(bfd_host.is_due(queue)) as "isDue" from unnest($1::text[]) as queue',
      [jobs.map((job) => `bfd.${job}`)],
    );
    return rows[0]?.isDue === false;
  });
  for (;;) {
    const { rows } = await pool.query<{ recorded: number; seconds: number }>(
      `select count(*)::int as recorded, extract(epoch from max(finished_at) - $2)::float8 as seconds
         from bfd_host.run where run_id = any($1) and result = 'succeeded'`,
      [ids, asked[0]?.at],
    );
    if (rows[0]?.recorded === ids.length) return ids.length / rows[0].seconds;
  }
}

export async function drainPgBoss(url: string, how: 'work' | 'bare'): Promise<number> {
  const boss = new PgBoss({ connectionString: url, schema: 'yardstick', schedule: false, max: 6 });
  boss.on('error', fail);
  await boss.start();
  try {
    for (const job of JOBS) {
      await boss.createQueue(job);
      await boss.insert(
        job,
        Array.from({ length: RUNS_OF_EACH }, () => ({ data: { runId: randomUUID(), attempt: 1 } })),
      );
    }
    const began = performance.now();
    let done = 0;
    if (how === 'bare') {
      await Promise.all(
        JOBS.map(async (job) => {
          for (;;) {
            const [taken] = await boss.fetch(job);
            if (!taken) return;
            await boss.complete(job, taken.id);
            done++;
          }
        }),
      );
    } else {
      await new Promise<void>((resolve) => {
        for (const job of JOBS) {
          const options = {
            batchSize: 1,
            pollingIntervalSeconds: POLL_SECONDS,
            burstWhenReadyExceeds: 1,
          };
          void boss.work(job, options, async () => {
            if (++done === JOBS.length * RUNS_OF_EACH) resolve();
          });
        }
      });
    }
    return done / ((performance.now() - began) / 1000);
  } finally {
    await boss.stop({ graceful: true });
  }
}

/** From the moment a run is asked for until it begins, in ms by the database's clock; the host is idle each time. */
async function startLatencies(requests: RunRequests, database: Database): Promise<number[]> {
  const [job = ''] = JOBS;
  const count = async () => {
    const { rows } = await database.pool.query<{ ended: number }>(
      'select count(*)::int as ended from bfd_host.run where job_name = $1 and finished_at is not null',
      [job],
    );
    return rows[0]?.ended ?? 0;
  };
  const before = await count();
  const asked: number[] = [];
  for (let n = 1; n <= STARTS; n++) {
    await requests.ask(job, { kind: 'manual', requestedBy: 'bench' });
    await until(async () => (await count()) === before + n);
  }
  const { rows } = await database.pool.query<{ ms: number }>(
    `select (extract(epoch from started_at - due_at) * 1000)::float8 as ms from bfd_host.run
      where job_name = $1 order by started_at desc limit $2`,
    [job, STARTS],
  );
  for (const { ms } of rows) asked.push(ms);
  return asked;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

function fail(error: Error): never {
  throw error;
}
