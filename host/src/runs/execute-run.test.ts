// What is recorded of a run, on a real database, whatever happens to database and lease. In place of the job's
// process, which has tests of its own, stands one sentence of what it says.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import type { HostJob } from '../catalog/host-job.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { Leases } from '../engine/leases.ts';
import { RunQueue, type TakenRun } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import type { JobProcessSpec, RunEnd, RunHooks } from '../isolation/job-process.ts';
import type { HostEvent } from '../telemetry/events.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { executeRun, type RunDeps, type RunToExecute } from './execute-run.ts';
import { RunStore } from './run-store.ts';
import { settleAbandoned } from './settle-abandoned.ts';

const JOB = hostJob('a-job');
const AFTER = hostJob('after-it', ['a-job']);
const WORK: RunEnd = { kind: 'returned', outcome: { kind: 'work-done', counts: { rows: 3 } } };
const NOTHING: RunEnd = { kind: 'returned', outcome: { kind: 'nothing-to-do' } };
const FAILED: RunEnd = {
  kind: 'threw',
  error: { code: 'BFD_TEST', message: 'It went wrong.', places: [], isPermanent: false },
};

type Says = (hooks: RunHooks, stop: AbortSignal) => RunEnd | Promise<RunEnd>;

function hostJob(name: string, after: readonly string[] = []): HostJob {
  // Only what a run looks at; its process is not started here.
  return {
    name,
    version: '1.0.0',
    plugin: { name: 'a-plugin', version: '1.0.0' },
    runAfter: true,
    dependsOn: after.map((job) => ({ job, rerunOnVersionChange: false, isPresent: true })),
    retries: { limit: 1, delayMs: 60_000, maxDelayMs: 60_000 },
    priority: 0,
  } as unknown as HostJob;
}

async function openHost() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 6, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const names = [JOB.name, AFTER.name];
  const queue = opening.use(await RunQueue.open(database, names, () => {}));
  const bootId = randomUUID();
  const store = new RunStore(database, bootId);
  const hosts = new HostRegistry(database, bootId);
  await hosts.register({ version: '1.0.0', concurrency: 1, jobs: [JOB, AFTER] });
  const tracing = new Tracing();
  const leases = new Leases(database, bootId);
  const requests = new RunRequests(database, queue);
  const events: HostEvent[] = [];
  const opened = opening.move();

  const deps = (says: Says): RunDeps => ({
    database,
    store,
    processes: { run: async (_spec, _request, hooks, signal) => says(hooks, signal) },
    events: { emit: (event) => events.push(event) },
    tracing,
    queue,
    requests,
    specOf: async () => ({}) as JobProcessSpec, // never read: see above
    hosts,
    endLeftovers: async () => {},
  });

  return {
    database,
    queue,
    store,
    leases,
    events,
    deps,
    /** Queues a run and takes it, as the dispatcher does. */
    begin: async (): Promise<RunToExecute & { readonly taken: TakenRun }> => {
      await requests.ask(JOB.name, { kind: 'startup' });
      const { lease, taken } = (await leases.claimRun(JOB.name)) ?? {};
      if (!lease || !taken) throw new Error('nothing could be taken');
      opened.use(lease);
      return { ...taken, job: JOB, lease, taken, ranWith: {} };
    },
    state: async () => (await store.jobStates()).get(JOB.name),
    depth: async (job: string) => (await queue.depth([job])).get(job),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const NEVER = new AbortController().signal;
const EXPIRE = "update bfd_host.lease set expires_at = now() - interval '1 second'";

/** A database whose next transactions fail as said, after or instead of being committed. */
function breaking(database: Database, times: number, when: 'before' | 'after'): Database {
  let left = times;
  return {
    ...database,
    transaction: async (work) => {
      const isBroken = left-- > 0;
      if (isBroken && when === 'before') throw connectionError();
      const result = await database.transaction(work);
      if (isBroken) throw connectionError();
      return result;
    },
  };
}

/** A database whose first answer to a statement outside transactions gets lost. */
function unheard(database: Database): Database {
  const pool = Object.create(database.pool, {
    query: {
      value: async (text: string, values: unknown[]) => {
        const answer = await database.pool.query(text, values);
        if (isFirst) {
          isFirst = false;
          throw connectionError();
        }
        return answer;
      },
    },
  });
  let isFirst = true;
  return { ...database, pool };
}

const connectionError = () => Object.assign(new Error('x'), { code: 'ECONNRESET' });

describe('the end of a run', () => {
  it('that did work is recorded, asks dependants to run and leaves the queue', async () => {
    await using host = await openHost();
    const run = await host.begin();

    const { ending } = await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );

    expect(ending).toMatchObject({ result: 'succeeded', counts: { rows: 3 } });
    expect(await host.state()).toMatchObject({ lastResult: 'succeeded', isRunning: false });
    expect(await host.depth(JOB.name)).toBeUndefined();
    expect(await host.depth(AFTER.name)).toEqual({ waiting: 1, active: 0 });
    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { runId: run.runId, result: 'succeeded', counts: { rows: 3 } },
    ]);
  });

  it('that found nothing leaves no record and asks nobody', async () => {
    await using host = await openHost();
    const run = await host.begin();

    await executeRun(
      run,
      host.deps(() => NOTHING),
      NEVER,
      1000,
    );

    expect(await host.state()).toMatchObject({ lastResult: 'succeeded', nothingToDoStreak: 1 });
    expect(await host.depth(AFTER.name)).toBeUndefined();
    expect(await host.store.runs({ limit: 9 })).toEqual([]);
  });

  it('that found nothing after it was seen is recorded', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = (hooks) => {
      hooks.progress({ done: 1, unit: 'files' });
      return NOTHING;
    };

    await executeRun(run, host.deps(says), NEVER, 1000);

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { result: 'succeeded', outcome: 'nothing-to-do', progress: { done: 1 } },
    ]);
    expect(host.events.map(({ event }) => event)).toEqual([
      'run.started',
      'run.progress',
      'run.finished',
    ]);
  });

  it('that failed queues the next try, and not before its time', async () => {
    await using host = await openHost();
    const run = await host.begin();

    await executeRun(
      run,
      host.deps(() => FAILED),
      NEVER,
      1000,
    );

    expect(await host.depth(JOB.name)).toEqual({ waiting: 1, active: 0 });
    expect(await host.queue.waiting([JOB.name])).toMatchObject([{ attempt: 2, isLater: true }]);
    expect(host.events.at(-1)).toMatchObject({ result: 'failed', retryInMs: expect.any(Number) });
  });

  it('is not written by a host whose job was taken over, and changes nothing there', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = async (hooks) => {
      hooks.workStarts();
      // As for a host that was frozen: it hears of nothing until it is back.
      await host.database.pool.query(EXPIRE);
      const lease = await host.leases.claim(JOB.name);
      if (!lease) throw new Error('not claimed');
      await settleAbandoned(
        JOB,
        lease,
        host.deps(() => WORK),
      );
      await lease.assign({ ...run, attempt: 2 });
      return WORK;
    };

    const { ending } = await executeRun(run, host.deps(says), NEVER, 1000);

    expect(ending.result).toBe('lost');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ attempt: 1, result: 'lost' }]);
    expect(await host.state()).toMatchObject({ lastResult: null, isRunning: true });
    expect(await host.depth(AFTER.name)).toBeUndefined();
    expect(await host.depth(JOB.name)).toEqual({ waiting: 0, active: 1 });
  });

  it('is written once when the connection breaks between the commit and the word of it', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => NOTHING), database: breaking(host.database, 1, 'after') };

    const { ending } = await executeRun(run, deps, NEVER, 1000);

    expect(ending.result).toBe('succeeded');
    expect(await host.state()).toMatchObject({ nothingToDoStreak: 1, isRunning: false });
  });

  it('of a job that nobody follows is written once when the connection breaks before the word of it', async () => {
    await using host = await openHost();
    await host.database.pool.query('delete from bfd_host.host_job');
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: unheard(host.database) };

    const { ending } = await executeRun(run, deps, NEVER, 1000);

    expect(ending.result).toBe('succeeded');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
    expect(await host.depth(JOB.name)).toBeUndefined();
  });

  it('is written when the database is back', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: breaking(host.database, 2, 'before') };

    expect((await executeRun(run, deps, NEVER, 1000)).ending.result).toBe('succeeded');
    expect(await host.depth(AFTER.name)).toEqual({ waiting: 1, active: 0 });
  });

  it('is given up when the host is stopping and the database stays away', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: breaking(host.database, 1e9, 'before') };

    const { ending } = await executeRun(run, deps, AbortSignal.abort('stopping'), 50);

    expect(ending).toMatchObject({ result: 'lost', error: { code: 'BFD_RUN_NOT_RECORDED' } });
    await run.lease[Symbol.asyncDispose]();
    await using next = await host.leases.claim(JOB.name);
    expect(next?.abandoned).toMatchObject({ runId: run.runId });
  });

  it('that the database refuses is a failure, and does not start the run again', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await host.database.pool.query(
      "alter table bfd_host.run add check (counts::text = '{}')", // stands for what nobody foresaw
    );

    const { ending } = await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );

    expect(ending).toMatchObject({ result: 'failed', error: { code: 'BFD_RUN_NOT_RECORDED' } });
    expect(await host.state()).toMatchObject({ lastResult: 'failed', isRunning: false });
    expect(await host.depth(JOB.name)).toBeUndefined();
  });

  it('leaves the queue also when it was queued again while this host was too busy to show that it lives', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = async () => {
      await host.database.pool.query(
        "update pgboss.job set state = 'retry', retry_count = retry_count + 1 where id = $1",
        [run.taken.ticket.id],
      );
      return NOTHING;
    };

    await executeRun(run, host.deps(says), NEVER, 1000);

    expect(await host.depth(JOB.name)).toBeUndefined();
  });
});

describe('a run', () => {
  it('that the host itself cannot start fails, with the place and without the words', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const specOf = () => Promise.reject(new TypeError('secret'));

    const { ending } = await executeRun(run, { ...host.deps(() => WORK), specOf }, NEVER, 1000);

    expect(ending).toMatchObject({ result: 'failed', error: { code: 'BFD_HOST_FAULT' } });
    expect(JSON.stringify(host.events)).not.toContain('secret');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ errorCode: 'BFD_HOST_FAULT' }]);
  });

  it('that was interrupted goes on as the same attempt, and is shown as running', async () => {
    await using host = await openHost();
    const first = await host.begin();
    const interrupted: Says = (hooks) => {
      hooks.workStarts();
      return FAILED;
    };
    const stop = AbortSignal.abort('stopping');
    await executeRun(first, host.deps(interrupted), stop, 1000);
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'interrupted' }]);

    const second = await host.begin();
    let shown: unknown;
    const resumed: Says = async (hooks) => {
      hooks.workStarts();
      await expect
        .poll(async () => (shown = (await host.store.runs({ limit: 9 })).at(0)?.result))
        .toBe('running');
      return WORK;
    };
    await executeRun(second, host.deps(resumed), NEVER, 1000);

    expect(second).toMatchObject({ runId: first.runId, attempt: 1 });
    expect(shown).toBe('running');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
  });

  it('that is over does not change by progress that comes late', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );
    const identity = { ...run, jobVersion: '1', plugin: 'p', pluginVersion: '1' };
    const late = {
      ...identity,
      job: JOB.name,
      epoch: run.lease.epoch,
      startedAt: new Date(),
    };

    await host.store.begin(late);
    await host.store.progress(late, { done: 1, unit: 'files' });

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { result: 'succeeded', progress: null },
    ]);
  });

  it('of a host that died is told and recorded as lost, once', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await host.database.pool.query(EXPIRE);
    await using lease = await host.leases.claim(JOB.name);
    if (!lease) throw new Error('not claimed');

    await settleAbandoned(
      JOB,
      lease,
      host.deps(() => WORK),
    );

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { runId: run.runId, result: 'lost', errorCode: 'BFD_RUN_LOST' },
    ]);
    expect(host.events).toMatchObject([{ event: 'run.finished', result: 'lost' }]);
  });

  it('whose end is known is not called lost afterwards', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );
    await using next = await host.leases.claim(JOB.name);
    if (!next) throw new Error('not claimed');
    const { runId, attempt } = run;
    const abandoned = {
      runId,
      attempt,
      trigger: 'startup',
      triggerDetail: null,
      startedAt: new Date(),
      bootId: randomUUID(),
      epoch: 1,
    };

    const lost = await host.database.transaction((client) =>
      host.store.markLost(
        client,
        abandoned,
        { job: JOB.name, version: '1', plugin: { name: 'p', version: '1' } },
        { code: 'BFD_RUN_LOST', message: 'x' },
      ),
    );

    expect(lost).toBeUndefined();
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
  });
});
