import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { RunStore } from '../runs/run-store.ts';
import { ASK_CANCEL, RENEW_LEASE } from './leases.sql.ts';
import { type Lease, Leases } from './leases.ts';

async function twoHosts() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 4, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const store = new RunStore(database, randomUUID());
  const opened = opening.move();
  return {
    database,
    one: new Leases(database, randomUUID()),
    other: new Leases(database, randomUUID()),
    /** Ends a lease as a run does that found nothing. */
    settle: async (
      lease: Lease | undefined,
      client: Pick<pg.ClientBase, 'query'> = database.pool,
    ) => {
      if (!lease) throw new Error('not claimed');
      const run = { job: lease.job, epoch: lease.epoch, runId: randomUUID(), attempt: 1, trigger };
      const at = { startedAt: lease.claimedAt, ranWith: {} };
      const plugin = { jobVersion: '1.0.0', plugin: 'a-plugin', pluginVersion: '1.0.0' };
      return lease.settleBy(async () => {
        await store.endWith(client, { ...run, ...at, ...plugin }, NOTHING, false);
        return true;
      });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const trigger = { kind: 'startup' } as const;
const NOTHING = { result: 'succeeded', outcome: 'nothing-to-do', counts: {} } as const;
const EXPIRE =
  "update bfd_host.lease set expires_at = now() - interval '1 second' where job_name = $1";
const FENCE = 'select bfd_host.fence($1, $2)';

describe('a lease', () => {
  it('is refused while another host holds it', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');

    expect(held).toBeDefined();
    expect(await hosts.other.claim('a-job')).toBeUndefined();
  });

  it('raises the epoch at every claim', async () => {
    await using hosts = await twoHosts();
    const first = await hosts.one.claim('a-job');
    await first?.[Symbol.asyncDispose]();
    await using second = await hosts.other.claim('a-job');

    expect(second?.epoch).toBe((first?.epoch ?? 0) + 1);
  });

  it('tells the next holder which run was lost with its host', async () => {
    await using hosts = await twoHosts();
    const runId = randomUUID();
    await using first = await hosts.one.claim('a-job');
    await first?.assign({ runId, attempt: 2, trigger: { kind: 'startup' } });
    await hosts.database.pool.query(EXPIRE, ['a-job']);

    await using second = await hosts.other.claim('a-job');

    expect(second?.abandoned).toMatchObject({ runId, attempt: 2 });
  });

  it('tells of no lost run after an orderly end', async () => {
    await using hosts = await twoHosts();
    const first = await hosts.one.claim('a-job');
    await first?.assign({ runId: randomUUID(), attempt: 1, trigger: { kind: 'startup' } });
    await hosts.settle(first);
    await first?.[Symbol.asyncDispose]();

    await using second = await hosts.other.claim('a-job');

    expect(second?.abandoned).toBeUndefined();
  });

  it('tells of a run whose holder gave the lease back without recording its end', async () => {
    await using hosts = await twoHosts();
    const runId = randomUUID();
    const first = await hosts.one.claim('a-job');
    await first?.assign({ runId, attempt: 1, trigger: { kind: 'startup' } });
    await first?.[Symbol.asyncDispose]();

    await using second = await hosts.other.claim('a-job');

    expect(second?.abandoned).toMatchObject({ runId, epoch: first?.epoch });
  });

  it('tells of a lost run again while nobody has recorded what became of it', async () => {
    await using hosts = await twoHosts();
    const runId = randomUUID();
    const first = await hosts.one.claim('a-job');
    await first?.assign({ runId, attempt: 1, trigger: { kind: 'startup' } });
    await first?.[Symbol.asyncDispose]();
    const second = await hosts.other.claim('a-job');
    await second?.[Symbol.asyncDispose]();

    const third = await hosts.one.claim('a-job');
    await hosts.database.transaction(async (client) => third?.forgetAbandonedWith(client));
    await third?.[Symbol.asyncDispose]();
    await using fourth = await hosts.one.claim('a-job');

    expect(third?.abandoned).toMatchObject({ runId });
    expect(fourth?.abandoned).toBeUndefined();
  });

  it('cannot be settled by a holder that lost it, and keeps what the new one wrote', async () => {
    await using hosts = await twoHosts();
    const stale = await hosts.one.claim('a-job');
    await stale?.assign({ runId: randomUUID(), attempt: 1, trigger: { kind: 'startup' } });
    await hosts.database.pool.query(EXPIRE, ['a-job']);
    await using fresh = await hosts.other.claim('a-job');
    await fresh?.assign({ runId: randomUUID(), attempt: 1, trigger: { kind: 'startup' } });

    await expect(hosts.settle(stale)).rejects.toMatchObject({ code: 'BFD_LEASE_LOST' });
    await hosts.database.pool.query(FENCE, ['a-job', fresh?.epoch]);
    await stale?.[Symbol.asyncDispose]();
  });

  it('is settled at the second try when the first did not commit', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');
    const broken = hosts.database.transaction(async (client) => {
      await hosts.settle(held, client);
      throw new Error('the connection broke');
    });
    await expect(broken).rejects.toThrow('the connection broke');

    await hosts.settle(held);

    await using next = await hosts.other.claim('a-job');
    expect(next).toBeDefined();
  });

  it('is told to its holder as lost once it ran out', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');
    const lost = new Promise((resolve) => held?.lost.addEventListener('abort', resolve));

    await hosts.database.pool.query(EXPIRE, ['a-job']);

    await lost;
  });
});

describe('the fence', () => {
  it('lets the holder commit', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');

    await hosts.database.pool.query(FENCE, ['a-job', held?.epoch]);
  });

  it('stops a host that was given up and woke again', async () => {
    await using hosts = await twoHosts();
    await using stale = await hosts.one.claim('a-job');
    await hosts.database.pool.query(EXPIRE, ['a-job']);
    await using fresh = await hosts.other.claim('a-job');

    expect(fresh).toBeDefined();
    await expect(hosts.database.pool.query(FENCE, ['a-job', stale?.epoch])).rejects.toMatchObject({
      code: 'BF001',
    });
  });

  it('stops a holder whose lease ran out, even before another takes it', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');
    await hosts.database.pool.query(EXPIRE, ['a-job']);

    await expect(hosts.database.pool.query(FENCE, ['a-job', held?.epoch])).rejects.toMatchObject({
      code: 'BF001',
    });
  });

  it('keeps a claim waiting while a transaction that passed it commits', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');
    const writer = await hosts.database.pool.connect();
    await writer.query('begin');
    await writer.query(FENCE, ['a-job', held?.epoch]);

    await hosts.database.pool.query(EXPIRE, ['a-job']);
    let isClaimed = false;
    const claiming = hosts.other.claim('a-job').then((lease) => {
      isClaimed = true;
      return lease;
    });
    await writer.query('select pg_sleep(0.2)');
    expect(isClaimed).toBe(false);
    await writer.query('commit');
    writer.release();

    await using next = await claiming;
    expect(next?.epoch).toBe((held?.epoch ?? 0) + 1);
  });

  it('lets the lease be renewed while a transaction that stored a checkpoint goes on', async () => {
    await using hosts = await twoHosts();
    await using held = await hosts.one.claim('a-job');
    const writer = await hosts.database.pool.connect();
    await writer.query('begin');
    await writer.query("select bfd_host.checkpoint_put($1, $2, 'at', '1')", ['a-job', held?.epoch]);

    // As a transaction, which does not wait for locks forever.
    const renewed = await hosts.database.transaction(async (client) => {
      await client.query("set local lock_timeout = '500ms'");
      return client.query(RENEW_LEASE, ['a-job', held?.epoch, 15]);
    });
    await writer.query('rollback');
    writer.release();

    expect(renewed.rowCount).toBe(1);
  });
});

describe('a pool', () => {
  it('lets no more jobs have a lease than it has places, however many claim at once', async () => {
    await using hosts = await twoHosts();
    const place = { pool: 'heavy', limit: 2 };
    const claims = Array.from({ length: 8 }, (_, index) =>
      (index % 2 === 0 ? hosts.one : hosts.other).claim(`job-${index}`, place),
    );

    const leases = (await Promise.all(claims)).filter((lease) => lease !== undefined);

    expect(leases).toHaveLength(2);
    expect(await hosts.one.claim('of-no-pool')).toBeDefined();
    await leases[0]?.[Symbol.asyncDispose]();
    await using next = await hosts.other.claim('job-9', place);
    expect(next).toBeDefined();
    await leases[1]?.[Symbol.asyncDispose]();
  });
});

describe('asking for a run to be cancelled', () => {
  it('reaches its holder when the lease is renewed, should the notice be lost', async () => {
    await using hosts = await twoHosts();
    await using lease = await hosts.one.claim('a-job');
    const runId = randomUUID();
    await lease?.assign({ runId, attempt: 1, trigger: { kind: 'startup' } });

    const asked = await hosts.database.pool.query(ASK_CANCEL, ['a-job', null]);

    expect(asked.rows).toEqual([{ run_id: runId }]);
    await new Promise((resolve) => lease?.cancelAsked.addEventListener('abort', resolve));
    expect(lease?.cancelAsked.reason).toBe('cancelled');
  });

  it('does not reach the run after', async () => {
    await using hosts = await twoHosts();
    const first = await hosts.one.claim('a-job');
    await first?.assign({ runId: randomUUID(), attempt: 1, trigger: { kind: 'startup' } });
    await hosts.database.pool.query(ASK_CANCEL, ['a-job', null]);
    await first?.[Symbol.asyncDispose]();

    await using _second = await hosts.other.claim('a-job');

    const { rows } = await hosts.database.pool.query('select cancel_asked_at from bfd_host.lease');
    expect(rows).toEqual([{ cancel_asked_at: null }]);
  });
});
