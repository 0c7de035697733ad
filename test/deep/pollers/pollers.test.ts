// Twenty jobs that look every hour and find something once in a hundred times: what remains of a year is little more
// than what they found. The scheduler, queue and store are the host's own, on a real database; time is not.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../host/src/database/database.ts';
import { migrateHostSchema } from '../../../host/src/database/migrations.ts';
import { HostRegistry } from '../../../host/src/engine/host-registry.ts';
import { Leases } from '../../../host/src/engine/leases.ts';
import { RunQueue, type TakenRun } from '../../../host/src/engine/queue.ts';
import { RunRequests } from '../../../host/src/engine/requests.ts';
import { type RunEnding, type RunIdentity, RunStore } from '../../../host/src/runs/run-store.ts';
import { FirePlanner } from '../../../host/src/schedule/fire-planner.ts';
import { VirtualClock, VirtualTime } from '../fire-planner/virtual-clock.ts';
import { seededRandom } from '../gates/random-world.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
const DAYS = IS_DEEP ? 365 : 3;
/** The host is away so often, for a day at most. */
const OUTAGES = IS_DEEP ? 4 : 1;
const POLLERS = Array.from({ length: 20 }, (_, index) => `poller-${index}`);
const HOUR_MS = 3_600_000;
const WORK_SHARE = 0.01;

const WORK: RunEnding = { result: 'succeeded', outcome: 'work-done', counts: { files: 1 } };
const NOTHING: RunEnding = { result: 'succeeded', outcome: 'nothing-to-do', counts: {} };

describe('twenty pollers', () => {
  it('leave records of what they found and little else', { timeout: 3 * HOUR_MS }, async () => {
    await using resources = new AsyncDisposableStack();
    const fresh = resources.use(await freshDatabase());
    const database = resources.use(
      await openDatabase({ url: fresh.url, poolSize: 10, applicationName: 'test' }),
    );
    await migrateHostSchema(database);
    const { pool } = database;
    const bootId = randomUUID();
    const queue = resources.use(await RunQueue.open(database, POLLERS, () => {}));
    const requests = new RunRequests(database, queue);
    const store = new RunStore(database, bootId);
    const leases = new Leases(database, bootId);
    await new HostRegistry(database, bootId).registerJobs(POLLERS);
    const time = new VirtualTime('2026-01-01T00:00:00Z');
    await pool.query(
      'insert into bfd_host.host (boot_id, version, jobs, started_at, seen_at) values ($1, $2, $3, $4, $4)',
      [bootId, '1.0.0', POLLERS, time.at],
    );
    const planner = new FirePlanner({
      jobs: POLLERS.map((name) => ({
        name,
        priority: 0,
        state: { kind: 'ready' },
        schedule: {
          cron: '0 * * * *',
          timezone: 'America/New_York',
          missed: 'latest',
          jitterMs: 0,
        },
      })),
      bootId,
      database,
      requests,
      clock: new VirtualClock(time),
      onTrouble: (error) => {
        throw error;
      },
    });
    const random = seededRandom(DAYS);
    const hours = DAYS * 24;
    const outages = new Set(
      Array.from({ length: OUTAGES }, () => Math.floor(random() * (hours - 30))),
    );
    let worked = 0;
    let looked = 0;

    for (let hour = 0; hour < hours; hour++) {
      await planner.look();
      const states = await store.look();
      await Promise.all(
        POLLERS.filter((job) => states.get(job)?.isDue).map(async (job) => {
          const ending = random() < WORK_SHARE ? WORK : NOTHING;
          if (ending === WORK) worked++;
          looked++;
          const { lease, taken } = (await leases.claimRun(job)) ?? {};
          if (!lease || !taken) throw new Error(`${job} was due and could not be taken`);
          const run = identityOf(taken, lease.epoch);
          await lease.settleBy(async () => {
            return (await store.endAlone(run, ending, false, undefined)) !== undefined;
          });
          await lease[Symbol.asyncDispose]();
        }),
      );
      const away = outages.has(hour) ? 2 + Math.floor(random() * 22) : 1;
      hour += away - 1;
      time.advance(away * HOUR_MS);
      await pool.query('update bfd_host.host set seen_at = $1', [time.at]);
    }

    const { rows } = await pool.query<{ runs: number; missed: number }>(
      'select (select count(*) from bfd_host.run)::int as runs, (select count(*) from bfd_host.missed)::int as missed',
    );
    const records = (rows[0]?.runs ?? 0) + (rows[0]?.missed ?? 0);
    console.log('pollers', JSON.stringify({ days: DAYS, looked, worked, ...rows[0] }));
    expect(looked).toBeGreaterThan(DAYS * 15 * POLLERS.length);
    expect(worked).toBeGreaterThan(0);
    expect(rows[0]?.runs).toBe(worked);
    expect(rows[0]?.missed).toBeGreaterThan(0);
    expect(records).toBeLessThanOrEqual(1.1 * worked + 20);
  });
});

function identityOf(
  { runId, attempt, job, trigger, dueAt, ticket }: TakenRun,
  epoch: number,
): RunIdentity {
  return {
    runId,
    attempt,
    job,
    jobVersion: '1.0.0',
    plugin: 'a-plugin',
    pluginVersion: '1.0.0',
    trigger,
    epoch,
    ticketId: ticket.id,
    startedAt: new Date(),
    dueAt,
    ranWith: {},
  };
}
