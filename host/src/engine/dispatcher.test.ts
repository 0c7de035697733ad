import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import type { HostJob } from '../catalog/host-job.ts';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import type { RunDeps } from '../runs/execute-run.ts';
import { RunStore } from '../runs/run-store.ts';
import type { HostEvent } from '../telemetry/events.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { Dispatcher } from './dispatcher.ts';
import { HostRegistry } from './host-registry.ts';
import { Leases } from './leases.ts';
import { RunQueue } from './queue.ts';
import { RunRequests } from './requests.ts';

function hostJob(name: string, dependsOn: readonly string[] = []): HostJob {
  // Only what the dispatcher and a run look at; no process is started here.
  return {
    name,
    version: '1.0.0',
    plugin: { name: 'a-plugin', version: '1.0.0' },
    dependsOn: dependsOn.map((job) => ({ job, isOptional: false, isPresent: true })),
    retries: { limit: 0, delayMs: 1000, maxDelayMs: 1000 },
    priority: 0,
  } as unknown as HostJob;
}

async function openHost(jobs: readonly HostJob[]) {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 6, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const names = jobs.map(({ name }) => name);
  const queue = opening.use(await RunQueue.open(database, names, () => {}));
  const bootId = randomUUID();
  const store = new RunStore(database, bootId);
  const hosts = new HostRegistry(database, bootId);
  await hosts.register({ version: '1.0.0', concurrency: 1, jobs });
  const tracing = new Tracing();
  const requests = new RunRequests(database, queue);
  const events: HostEvent[] = [];
  const runs: RunDeps = {
    database,
    store,
    processes: {
      run: async () => ({ kind: 'returned', outcome: { kind: 'work-done', counts: {} } }),
    },
    events: { emit: (event) => events.push(event) },
    tracing,
    queue,
    requests,
    specOf: async () => ({}) as Awaited<ReturnType<RunDeps['specOf']>>, // never read: see above
    hosts,
    endLeftovers: async () => {},
  };
  const opened = opening.move();
  return {
    database,
    queue,
    store,
    requests,
    events,
    runs,
    leases: new Leases(database, bootId),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const OPTIONS = { concurrency: 1, pools: {}, graceMs: 500 };

describe('a lost run that cannot be settled', () => {
  it('leaves no lease behind that is renewed for ever', async () => {
    const jobs = [hostJob('a-job')];
    await using host = await openHost(jobs);
    await host.requests.ask('a-job', { kind: 'startup' });
    const lost = await host.leases.claimRun('a-job');
    await lost?.lease[Symbol.asyncDispose]();
    let troubled: (error: unknown) => void = () => {};
    const trouble = new Promise((resolve) => {
      troubled = resolve;
    });
    const endLeftovers = () => Promise.reject(new Error('the connection broke'));
    const dispatcher = new Dispatcher({
      ...OPTIONS,
      jobs,
      queue: host.queue,
      runs: { ...host.runs, endLeftovers },
      leases: host.leases,
      onTrouble: (error) => troubled(error),
    });

    void dispatcher.wake();
    await trouble;
    await dispatcher.stop();

    expect((await host.store.jobStates()).get('a-job')).toMatchObject({ isRunning: false });
  });
});

describe('a job that waits', () => {
  it('says why as long as it does, and no longer', async () => {
    const jobs = [hostJob('first'), hostJob('second', ['first'])];
    await using host = await openHost(jobs);
    const dispatcher = new Dispatcher({
      ...OPTIONS,
      jobs,
      queue: host.queue,
      runs: host.runs,
      leases: host.leases,
      onTrouble: (error) => {
        throw error;
      },
    });
    await host.requests.ask('second', { kind: 'startup' });
    const second = async () => (await host.store.jobStates()).get('second');
    void dispatcher.wake();
    await expect
      .poll(second, { timeout: 20_000 })
      .toMatchObject({ blockedReason: 'first has not run yet' });

    await host.requests.ask('first', { kind: 'startup' });
    void dispatcher.wake();

    await expect
      .poll(second, { timeout: 20_000 })
      .toMatchObject({ blockedReason: null, lastResult: 'succeeded' });
    await dispatcher.stop();
    expect(host.events.filter(({ event }) => event === 'gate.blocked')).toHaveLength(1);
  });
});

describe('a job with more than one run waiting', () => {
  it('goes on with the next when one has ended, each under its own epoch', async () => {
    const ran = await runsOf([hostJob('a-job')], { waiting: ['a-job', 'a-job', 'a-job'] });

    expect(ran.map(({ job }) => job)).toEqual(['a-job', 'a-job', 'a-job']);
    expect(new Set(ran.map(({ epoch }) => epoch)).size).toBe(3);
  });

  it('begins none, as recorded, before the one before it has ended', async () => {
    let overlaps: unknown;
    await runsOf([hostJob('a-job')], {
      waiting: Array.from({ length: 20 }, () => 'a-job'),
      after: async ({ database }) => {
        overlaps = (await database.pool.query(OVERLAPS)).rows;
      },
    });

    expect(overlaps).toEqual([{ runs: 20, overlapping: 0 }]);
  });

  it('does not go on once it is paused', async () => {
    const ran = await runsOf([hostJob('a-job')], {
      waiting: ['a-job', 'a-job'],
      first: async ({ database }) => {
        await database.pool.query('update bfd_host.job set paused_at = now()');
      },
    });

    expect(ran).toHaveLength(1);
  });

  it('does not begin one that is cancelled while the one before it ends', async () => {
    let isHeld: unknown;
    const ran = await runsOf([hostJob('a-job')], {
      waiting: ['a-job', 'a-job'],
      first: async ({ database }) => {
        const client = await database.pool.connect();
        await client.query('begin');
        await client.query("update pgboss.job set state = 'cancelled' where state = 'created'");
        // The end of the run finds the next one as it was, and then waits for what becomes of it.
        void expect
          .poll(async () => (await database.pool.query(WAITS_FOR_LOCK)).rowCount, {
            timeout: 20_000,
          })
          .toBe(1)
          .finally(() => client.query('commit').finally(() => client.release()));
      },
      after: async ({ store }) => {
        isHeld = (await store.jobStates()).get('a-job')?.isRunning;
      },
    });

    expect(ran).toHaveLength(1);
    expect(isHeld).toBe(false);
  });

  it('lets another job go first that waits for its place and comes before it', async () => {
    const ran = await runsOf([hostJob('before-it'), hostJob('a-job')], {
      waiting: ['a-job', 'a-job'],
      first: async ({ requests, wake }) => {
        await requests.ask('before-it', { kind: 'startup' });
        await wake();
      },
    });

    expect(ran.map(({ job }) => job)).toEqual(['a-job', 'before-it', 'a-job']);
  });
});

const WAITS_FOR_LOCK =
  "select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'bfd_host.end_run'";

const OVERLAPS = `
  select count(*)::int as runs, count(*) filter (where ended_before > started_at)::int as overlapping
    from (select started_at, max(finished_at) over (order by epoch rows between unbounded preceding and 1 preceding) as ended_before
            from bfd_host.run) as run`;

type Host = Awaited<ReturnType<typeof openHost>>;

/** The runs that a host sees through with one place, until nothing may start. */
async function runsOf(
  jobs: readonly HostJob[],
  options: {
    readonly waiting: readonly string[];
    /** Happens while the first of them runs. */
    readonly first?: (host: Host & { wake(): Promise<void> }) => Promise<void>;
    readonly after?: (host: Host) => Promise<void>;
  },
): Promise<{ job: string; epoch: number }[]> {
  await using host = await openHost(jobs);
  const ran: { job: string; epoch: number }[] = [];
  const processes: RunDeps['processes'] = {
    run: async (spec, request) => {
      ran.push({ job: spec.job, epoch: request.epoch });
      if (ran.length === 1) await options.first?.({ ...host, wake: () => dispatcher.wake() });
      return { kind: 'returned', outcome: { kind: 'work-done', counts: {} } };
    },
  };
  const specOf: RunDeps['specOf'] = async ({ name }) =>
    ({ job: name }) as Awaited<ReturnType<RunDeps['specOf']>>; // all that is read here
  const dispatcher = new Dispatcher({
    ...OPTIONS,
    jobs,
    queue: host.queue,
    runs: { ...host.runs, processes, specOf },
    leases: host.leases,
    onTrouble: (error) => {
      throw error;
    },
  });
  for (const job of options.waiting) {
    const trigger = { kind: 'startup' } as const;
    const run = { job, runId: randomUUID(), attempt: 1, trigger };
    await host.queue.send(host.database.pool, run);
  }
  await dispatcher.wake();
  while (dispatcher.running.size > 0) {
    await Promise.all([...dispatcher.running.values()].map(({ ended }) => ended));
    await dispatcher.wake();
  }
  await dispatcher.stop();
  await options.after?.(host);
  return ran;
}
