// The checks of chaos can fail: each is shown what it is there for.

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, account, hanging } from './accounts.ts';
import { firstEffects, untilSettled } from './outlive.ts';
import { Scene } from './scene.ts';

describe('an account of fires and effects', () => {
  let scene: Scene;
  let until: Date;
  beforeAll(async () => {
    scene = await Scene.open();
    await firstEffects(scene);
    until = await scene.now();
    await untilSettled(scene, until);
    await Promise.all(scene.machines.map(({ host }) => host.stop()));
  }, 60_000);
  afterAll(() => scene[Symbol.asyncDispose]());

  /** The account after something was changed behind everybody's back. */
  async function accountAfter(...statements: readonly string[]): Promise<Account> {
    return changed(statements, (client) => account(client, until));
  }

  async function changed<T>(
    statements: readonly string[],
    look: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    const client = await scene.pool.connect();
    try {
      await client.query('begin');
      for (const statement of statements) {
        expect((await client.query(statement)).rowCount, statement).toBeGreaterThan(0);
      }
      return await look(client);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  const FIRST_TICK = '(select ctid from chaos.tick limit 1)';
  const A_RUN = (job: string) =>
    `(select run_id from bfd_host.run where job_name = '${job}' and result = 'succeeded' order by started_at limit 1)`;

  it('finds nothing where nothing happened', async () => {
    const { fires, runs, ...rest } = await account(scene.pool, until);

    expect(fires).toBeGreaterThan(2);
    expect(runs).toBeGreaterThan(2);
    expect(rest).toEqual({ pending: 0, lost: 0, doubled: 0, missed: 0, misordered: 0 });
    expect(await hanging(scene.pool, true)).toEqual([]);
  });

  it.each([
    ['an effect that is gone', `delete from chaos.tick where ctid = ${FIRST_TICK}`],
    [
      'one of several commits that is gone',
      `delete from chaos.step where step = 3 and run_id = ${A_RUN('steps')}`,
    ],
    [
      'a fire that nobody decided on',
      // Not the first one, from which on they are counted.
      `delete from bfd_host.fire where job_name = 'ticking' and scheduled_at = (
         select scheduled_at from bfd_host.fire where job_name = 'ticking' order by 1 offset 1 limit 1)`,
    ],
    ['a run that is not recorded', `delete from bfd_host.run where run_id = ${A_RUN('ticking')}`],
    [
      'a run that failed for good',
      `update bfd_host.run set result = 'failed' where run_id = ${A_RUN('ticking')}`,
    ],
  ])('tells as lost %s', async (_what, statement) => {
    expect((await accountAfter(statement)).lost).toBeGreaterThan(0);
  });

  it.each([
    [
      'an effect that is there twice',
      `insert into chaos.tick select * from chaos.tick where ctid = ${FIRST_TICK}`,
    ],
    [
      'a fire that ran and is told as missed',
      `insert into bfd_host.missed (job_name, first_fire_at, last_fire_at, fires, reason, down_to, noted_by)
       select job_name, scheduled_at, scheduled_at, 1, 'host-down', now(), run_id from bfd_host.fire where run_id = ${A_RUN('ticking')}`,
    ],
    [
      'a run that succeeded twice',
      `insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, boot_id, epoch, started_at, finished_at, result)
       select run_id, attempt + 1, job_name, job_version, plugin, plugin_version, trigger, boot_id, epoch, finished_at, finished_at, result
         from bfd_host.run where run_id = ${A_RUN('ticking')}`,
    ],
  ])('tells as doubled %s', async (_what, statement) => {
    expect((await accountAfter(statement)).doubled).toBeGreaterThan(0);
  });

  it.each([
    [
      'two runs of a job at a time',
      `update bfd_host.run set started_at = started_at - interval '1 hour' where run_id = (
         select run_id from bfd_host.run where job_name = 'ticking' order by started_at desc limit 1)`,
    ],
    [
      'a follower that ran in the middle of what it follows',
      `update bfd_host.run follower set started_at = upstream.started_at + interval '1 millisecond'
         from bfd_host.run upstream where upstream.run_id = ${A_RUN('steps')} and follower.run_id = ${A_RUN('follower')}`,
    ],
  ])('tells as misordered %s', async (_what, statement) => {
    expect((await accountAfter(statement)).misordered).toBeGreaterThan(0);
  });

  it.each([
    [
      'a run that has not ended',
      `update bfd_host.run set result = null, finished_at = null where run_id = ${A_RUN('ticking')}`,
    ],
    [
      'work that nobody followed',
      `delete from bfd_host.run where job_name = 'follower'`,
      'delete from chaos.followed',
    ],
  ])('waits for %s', async (_what, ...statements) => {
    expect((await accountAfter(...statements)).pending).toBeGreaterThan(0);
  });

  it.each([
    ['a lease', `update bfd_host.lease set expires_at = now() + interval '1 hour'`],
    ['a run in the queue', `update pgboss.job set state = 'active' where name = 'bfd.ticking'`],
  ])('tells that %s is left', async (_what, statement) => {
    const left = await changed([statement], (client) => hanging(client, true));

    expect(left).not.toEqual([]);
  });

  it('tells that a transaction is left', async () => {
    const client = await scene.pool.connect();
    await client.query("set application_name = 'bfd:ticking:forgotten'");
    await client.query('begin');
    const left = await hanging(scene.pool, true);
    await client.query('rollback');
    client.release(true);

    expect(left).toEqual([
      expect.stringContaining('transaction of "bfd:ticking:forgotten"'),
      expect.stringContaining('session of "bfd:ticking:forgotten"'),
    ]);
  });
});
