// The gates of the host, reading what its own store keeps in a real database, against a model that knows all that ever
// happened: 10,000 random graphs with BFD_DEEP=1, a part of them by default.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../host/src/database/database.ts';
import { migrateHostSchema } from '../../../host/src/database/migrations.ts';
import { HostRegistry } from '../../../host/src/engine/host-registry.ts';
import { Leases } from '../../../host/src/engine/leases.ts';
import { RunQueue } from '../../../host/src/engine/queue.ts';
import { type ClosedGate } from '../../../host/src/gate/closed-gate.ts';
import { closedGate } from '../../../host/src/gate/gates.ts';
import { CrashBreaker } from '../../../host/src/isolation/crash-breaker.ts';
import { type RunResult, RunStore } from '../../../host/src/runs/run-store.ts';
import { randomWorld, seededRandom } from './random-world.ts';
import { type ModelJob, type ModelWorld, reasons } from './reference-model.ts';

const WORLDS = process.env['BFD_DEEP'] === '1' ? 10_000 : 400;
/** So many at a time in the database. */
const AT_ONCE = 50;

interface Parts {
  readonly database: Database;
  readonly store: RunStore;
  readonly queue: RunQueue;
  readonly leases: Leases;
}

describe('the gates of random graphs', () => {
  it('are open and closed as the model says, for its first reason', {
    timeout: 3_600_000,
  }, async () => {
    await using resources = new AsyncDisposableStack();
    const fresh = resources.use(await freshDatabase());
    const database = resources.use(
      await openDatabase({ url: fresh.url, poolSize: 10, applicationName: 'test' }),
    );
    await migrateHostSchema(database);
    const bootId = randomUUID();
    const parts = {
      database,
      store: new RunStore(database, bootId),
      leases: new Leases(database, bootId),
    };
    const told = new Map<string, number>();
    const mismatches: string[] = [];
    for (let first = 1; first <= WORLDS; first += AT_ONCE) {
      const asOf = new Date();
      const worlds = Array.from({ length: AT_ONCE }, (_, index) =>
        randomWorld(`w${index}`, seededRandom(first + index)),
      );
      await database.pool.query(
        'delete from bfd_host.job; delete from bfd_host.lease; delete from bfd_host.run',
      );
      await using queue = await RunQueue.open(
        database,
        worlds.flatMap(({ jobs }) => [...jobs.keys()]),
        () => {},
      );
      await database.pool.query('delete from pgboss.job');
      await using held = new AsyncDisposableStack();
      await Promise.all(worlds.map((world) => happen(world, asOf, { ...parts, queue }, held)));
      await compare(worlds, asOf, { ...parts, queue }, first);
    }
    console.log('gates', JSON.stringify(Object.fromEntries(told)));
    expect(mismatches).toEqual([]);
    // The worlds are worth it only if every gate was seen closed, and many open.
    expect([...told.keys()].sort()).toEqual(KINDS);

    async function compare(
      worlds: readonly ModelWorld[],
      asOf: Date,
      { store, queue }: Parts,
      seed: number,
    ) {
      const kept = await store.jobStates();
      // As of the moment that the worlds are told of, however long it took to make them.
      const states = new Map([...kept].map(([name, state]) => [name, { ...state, asOf }]));
      const depth = await queue.depth([...states.keys()]);
      worlds.forEach((world, index) => {
        for (const job of world.jobs.values()) {
          const gate = closedGate(asked(job), { states, depth, pools: world.pools });
          const [expected = 'open'] = reasons(job, world);
          const found = gate?.kind ?? 'open';
          told.set(found, (told.get(found) ?? 0) + 1);
          if (found !== expected) {
            mismatches.push(`seed ${seed + index}, ${job.name}: ${found}, and not ${expected}`);
          }
        }
      });
    }
  });
});

const KINDS: (ClosedGate['kind'] | 'open')[] = [
  'crash-backoff',
  'dependency-failed',
  'dependency-never-ran',
  'dependency-queued',
  'dependency-running',
  'dependency-too-old',
  'dependency-version',
  'open',
  'paused',
  'pool-full',
  'quarantined',
];

/** The job as the host's catalog would have it. */
function asked({ name, needs, pool }: ModelJob) {
  return {
    name,
    ...(pool === undefined ? {} : { pool }),
    dependsOn: needs.map(({ job, isPresent, versions, maxHours }) => ({
      job,
      isPresent,
      isOptional: !isPresent,
      rerunOnVersionChange: false,
      ...(versions ? { version: `>=${versions.from} <=${versions.to}` } : {}),
      ...(maxHours === undefined ? {} : { maxAgeMs: maxHours * 3_600_000 }),
    })),
  };
}

/** Makes happen, by the host's own parts, what the model says has happened. */
async function happen(
  world: ModelWorld,
  asOf: Date,
  parts: Parts,
  held: AsyncDisposableStack,
): Promise<void> {
  const { database, store, queue, leases } = parts;
  const { pool } = database;
  await new HostRegistry(database, randomUUID()).registerJobs([...world.jobs.keys()]);
  for (const job of world.jobs.values()) {
    const { name } = job;
    for (const past of job.past) await finish({ database, store, leases }, name, past);
    if (job.isPaused) {
      await pool.query(
        "update bfd_host.job set paused_at = now(), paused_by = 'x' where name = $1",
        [name],
      );
    }
    if (job.crashes.length > 0) {
      const breaker = new CrashBreaker();
      for (const secondsAgo of job.crashes) {
        breaker.crashed(Math.round(asOf.getTime() - secondsAgo * 1000));
      }
      await store.noteCrashes(name, breaker.state);
    }
    if (job.isQueued) {
      const trigger = { kind: 'startup' } as const;
      await queue.send(pool, { job: name, runId: randomUUID(), attempt: 1, trigger });
    }
    if (job.isRunning) {
      const place = job.pool === undefined ? undefined : { pool: job.pool, limit: 99 };
      const lease = await leases.claim(name, place);
      if (!lease) throw new Error(`the lease of ${name} is held`);
      held.use(lease);
    }
  }
}

async function finish(
  { store, leases, database: { pool } }: Omit<Parts, 'queue'>,
  job: string,
  { result, version, hoursAgo }: ModelJob['past'][number],
): Promise<void> {
  await using lease = await leases.claim(job);
  if (!lease) throw new Error(`the lease of ${job} is held`);
  const identity = {
    runId: randomUUID(),
    attempt: 1,
    job,
    jobVersion: '9.9.9',
    plugin: 'p',
    pluginVersion: '1.0.0',
    trigger: { kind: 'startup' },
    epoch: lease.epoch,
    startedAt: new Date(),
    ranWith: {},
  } as const;
  const isGood = result === 'succeeded';
  const ending = {
    result: result as RunResult,
    counts: {},
    version: String(version),
    ...(isGood ? { outcome: 'nothing-to-do' as const } : {}),
  };
  await lease.settleBy(async () => {
    await store.endWith(pool, identity, ending, false);
    return true;
  });
  await pool.query(
    `update bfd_host.job set last_finished_at = now() - make_interval(secs => $2)
      where name = $1 and last_run_id = $3`,
    [job, hoursAgo * 3600, identity.runId],
  );
}
