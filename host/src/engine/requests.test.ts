import { randomUUID } from 'node:crypto';
import type { Trigger } from '@bfd-host/sdk';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { triggerDetail } from '../runs/trigger.ts';
import { Leases } from './leases.ts';
import { RunQueue } from './queue.ts';
import { RunRequests } from './requests.ts';

const JOB = 'a-job';

async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database: Database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 8, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const queue = opening.use(
    await RunQueue.open(database, [JOB], (error) => {
      throw error;
    }),
  );
  const leases = new Leases(database, randomUUID());
  const opened = opening.move();
  return {
    database,
    queue,
    leases,
    requests: new RunRequests(database, queue),
    /** Takes the first due run, as a host does that then dies. */
    take: async () => {
      const claimed = await leases.claimRun(JOB);
      await claimed?.lease[Symbol.asyncDispose]();
      await database.pool.query('update bfd_host.lease set run_id = null');
      return claimed?.taken;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('a fire', () => {
  it('makes one run, however many hosts see it', async () => {
    await using host = await open();
    const at = new Date('2026-11-22T10:00:00Z');

    const made = await Promise.all(Array.from({ length: 20 }, () => host.requests.fire(JOB, at)));

    expect(made.filter(Boolean)).toHaveLength(1);
    expect((await host.queue.depth([JOB])).get(JOB)).toEqual({ waiting: 1, active: 0 });
  });

  it('makes no second run after the first is over', async () => {
    await using host = await open();
    const at = new Date('2026-11-22T10:00:00Z');
    await host.requests.fire(JOB, at);
    const taken = await host.take();
    await host.database.pool.query("update pgboss.job set state = 'completed'");

    expect(taken).toBeDefined();
    expect(await host.requests.fire(JOB, at)).toBe(false);
  });

  it('joins the run that waits already', async () => {
    await using host = await open();
    await host.requests.fire(JOB, new Date('2026-11-22T10:00:00Z'));

    expect(await host.requests.fire(JOB, new Date('2026-11-22T10:00:30Z'))).toBe(false);
    expect((await host.queue.depth([JOB])).get(JOB)).toEqual({ waiting: 1, active: 0 });
  });

  it('waits its turn while a run is being worked on', async () => {
    await using host = await open();
    await host.requests.fire(JOB, new Date('2026-11-22T10:00:00Z'));
    await host.take();

    expect(await host.requests.fire(JOB, new Date('2026-11-22T10:00:30Z'))).toBe(true);
    expect((await host.queue.depth([JOB])).get(JOB)).toEqual({ waiting: 1, active: 1 });
  });
});

describe('a queued run', () => {
  it('keeps run, attempt and trigger on its way through the queue', async () => {
    await using host = await open();
    await host.requests.ask(JOB, { kind: 'manual', requestedBy: 'a test' });

    expect(await host.take()).toMatchObject({
      job: JOB,
      attempt: 1,
      trigger: { kind: 'manual', requestedBy: 'a test' },
    });
  });

  it.each<Trigger>([
    { kind: 'schedule', scheduledAt: '2026-11-22T10:00:00.000Z' },
    { kind: 'dependency', upstream: 'another-job' },
    { kind: 'startup' },
    { kind: 'manual', requestedBy: 'a test' },
  ])('that is lost is known by its trigger: $kind', async (trigger) => {
    await using host = await open();
    await host.requests.ask(JOB, trigger);
    await (await host.leases.claimRun(JOB))?.lease[Symbol.asyncDispose]();

    await using lease = await host.leases.claim(JOB);

    expect(lease?.abandoned).toMatchObject({
      trigger: trigger.kind,
      triggerDetail: triggerDetail(trigger),
    });
  });

  it('is not due before its time', async () => {
    await using host = await open();
    const run = {
      job: JOB,
      runId: '0b6ef6f0-6f4b-4c5c-9f8e-2b1f0c6f1a11',
      attempt: 2,
      trigger: { kind: 'startup' } as const,
    };
    await host.queue.send(host.database.pool, run, { delayMs: 60_000 });

    expect(await host.take()).toBeUndefined();
  });

  it('sent back comes again as the same attempt', async () => {
    await using host = await open();
    await host.requests.ask(JOB, { kind: 'startup' });
    const first = await host.take();
    if (first) await host.queue.sendBack(host.database.pool, first);

    const second = await host.take();

    expect(second).toMatchObject({ runId: first?.runId, attempt: first?.attempt });
  });

  it('of a form that only a newer host knows is refused without its contents', async () => {
    await using host = await open();
    await host.requests.ask(JOB, { kind: 'startup' });
    await host.database.pool.query(`update pgboss.job set data = '{"secret": 1}' where name = $1`, [
      `bfd.${JOB}`,
    ]);

    const error = await host.take().catch((caught: unknown) => caught);

    expect(error).toMatchObject({ code: 'BFD_QUEUED_RUN_UNKNOWN' });
    expect(String(error)).not.toContain('secret');
  });
});
