// A host's parts around one run, on a real database. In place of the job's process, which has tests of its own, stands
// one sentence of what it says.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import type { HostJob } from '../catalog/host-job.ts';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { Leases } from '../engine/leases.ts';
import { RunQueue, type TakenRun } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import type { JobProcessSpec, RunEnd, RunHooks } from '../isolation/job-process.ts';
import type { HostEvent } from '../telemetry/events.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { type RunDeps, type RunToExecute } from './execute-run.ts';
import { RunStore } from './run-store.ts';

export const JOB = hostJob('a-job');
export const AFTER = hostJob('after-it', ['a-job']);
export const WORK: RunEnd = {
  kind: 'returned',
  outcome: { kind: 'work-done', counts: { rows: 3 } },
};
export const NOTHING: RunEnd = { kind: 'returned', outcome: { kind: 'nothing-to-do' } };
export const FAILED: RunEnd = {
  kind: 'threw',
  error: { code: 'BFD_TEST', message: 'It went wrong.', places: [], isPermanent: false },
};

export type Says = (hooks: RunHooks, stop: AbortSignal) => RunEnd | Promise<RunEnd>;

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

export async function openHost() {
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

export const NEVER = new AbortController().signal;
export const EXPIRE = "update bfd_host.lease set expires_at = now() - interval '1 second'";
