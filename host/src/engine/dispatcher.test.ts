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

describe('a run that was taken and could not begin', () => {
  it('leaves no lease behind that is renewed for ever', async () => {
    const jobs = [hostJob('a-job')];
    await using host = await openHost(jobs);
    await host.requests.ask('a-job', { kind: 'startup' });
    let troubled: (error: unknown) => void = () => {};
    const trouble = new Promise((resolve) => {
      troubled = resolve;
    });
    const dispatcher = new Dispatcher({
      ...OPTIONS,
      jobs,
      queue: host.queue,
      runs: host.runs,
      leases: {
        claim: (job) => host.leases.claim(job),
        claimAnd: (job, place, act) =>
          host.leases.claimAnd(job, place, (client, lease) => {
            lease.assign = () => Promise.reject(new Error('the connection broke'));
            return act(client, lease);
          }),
      },
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
