import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { type HostOptions, JOB, START, useStore, World } from './fire-planner.testkit.ts';

useStore();

describe('fires that nobody was there for', () => {
  async function afterFiveHours(world: World, options: HostOptions) {
    const before = await world.host(options);
    await before.lookAt(START);
    await before.stopAt('2026-03-02T00:10:00Z');
    world.time.set('2026-03-02T05:30:00Z');
    const after = await world.host(options);
    await after.lookAt('2026-03-02T05:30:00Z');
    return after;
  }

  it('lead to one run of the latest, and to one record of the others', async () => {
    const world = await World.make();
    await afterFiveHours(world, { missed: 'latest' });

    expect(await world.fires()).toEqual(['03-02 05:00:00']);
    expect(await world.missed()).toEqual([
      {
        from: '03-02 01:00:00',
        to: '03-02 04:00:00',
        fires: 4,
        reason: 'host-down',
        down: '03-02 00:10:00 to 03-02 05:30:00',
      },
    ]);
    expect(world.missedTold).toMatchObject([{ job: JOB, fires: 4, reason: 'host-down' }]);
  });

  it('are all recorded and not run when so configured', async () => {
    const world = await World.make();
    await afterFiveHours(world, { missed: 'skip' });

    expect(await world.fires()).toEqual([]);
    expect(await world.missed()).toMatchObject([
      { from: '03-02 01:00:00', to: '03-02 05:00:00', fires: 5 },
    ]);
  });

  it('leave no record when there was only one, and it is made up for', async () => {
    const world = await World.make();
    await afterFiveHours(world, { cron: '0 3 * * *', missed: 'latest' });

    expect(await world.fires()).toEqual(['03-02 03:00:00']);
    expect(await world.missed()).toEqual([]);
  });

  it('are not missed within a minute, as when a host is started again', async () => {
    const world = await World.make();
    const host = await world.host({ cron: '*/10 * * * * *', missed: 'skip' });
    await host.lookAt(START);
    await host.lookAt('2026-03-02T00:00:45Z');

    expect(await world.fires()).toEqual([
      '03-02 00:00:10',
      '03-02 00:00:20',
      '03-02 00:00:30',
      '03-02 00:00:40',
    ]);
    expect((await world.queue.depth([JOB])).get(JOB)).toEqual({ waiting: 1, active: 0 });
    expect(await world.missed()).toEqual([]);
  });

  it('prolong the record of those before while nothing ran in between', async () => {
    const world = await World.make();
    const host = await afterFiveHours(world, { missed: 'skip' });
    await host.stopAt('2026-03-02T05:40:00Z');
    world.time.set('2026-03-02T07:30:00Z');
    const next = await world.host({ missed: 'skip' });
    await next.lookAt('2026-03-02T07:30:00Z');
    await next.lookAt('2026-03-02T08:00:00Z');
    await next.stopAt('2026-03-02T08:10:00Z');
    world.time.set('2026-03-02T09:30:00Z');
    await (await world.host({ missed: 'skip' })).lookAt('2026-03-02T09:30:00Z');

    expect(await world.missed()).toMatchObject([
      { from: '03-02 01:00:00', to: '03-02 07:00:00', fires: 7 },
      { from: '03-02 09:00:00', to: '03-02 09:00:00', fires: 1 },
    ]);
  });

  it('are not missed while their job was disabled', async () => {
    const world = await World.make();
    const before = await world.host();
    await before.lookAt(START);
    await before.stopAt('2026-03-02T00:10:00Z');
    const without = await world.host({ state: { kind: 'disabled', because: 'file' } });
    await without.lookAt('2026-03-02T00:11:00Z');
    await without.stopAt('2026-03-02T05:00:00Z');
    const again = await world.host();
    await again.lookAt('2026-03-02T05:30:00Z');
    await again.lookAt('2026-03-02T06:00:00Z');

    expect(await world.fires()).toEqual(['03-02 06:00:00']);
    expect(await world.missed()).toEqual([]);
  });

  it('are put down to the plugin when hosts ran without the job', async () => {
    const world = await World.make();
    const before = await world.host();
    await before.lookAt(START);
    await before.stopAt('2026-03-02T00:10:00Z');
    const without = await world.host({ state: { kind: 'refused', problems: [] } });
    await without.lookAt('2026-03-02T00:11:00Z');
    await without.stopAt('2026-03-02T05:00:00Z');
    const again = await world.host();
    await again.lookAt('2026-03-02T05:30:00Z');

    expect(await world.missed()).toMatchObject([{ fires: 4, reason: 'job-not-loaded' }]);
  });

  it('are put down to the host when it did not look', async () => {
    const world = await World.make();
    const host = await world.host();
    await host.lookAt(START);
    world.time.set('2026-03-02T05:30:00Z');
    host.clock.sleep(5.5 * 3600_000);
    host.planner.mistrustClock();
    await host.lookAt('2026-03-02T05:30:00Z');

    expect(await world.fires()).toEqual(['03-02 05:00:00']);
    expect(await world.missed()).toMatchObject([
      { fires: 4, reason: 'host-stalled', down: '03-02 00:00:00 to 03-02 05:30:00' },
    ]);
  });

  it('are put down to the database when the host could not reach it', async () => {
    const world = await World.make();
    await using away = await openDatabase({
      url: world.database.url,
      poolSize: 1,
      applicationName: 'test',
    });
    let isAway = false;
    const database: Database = {
      ...world.database,
      get pool() {
        return isAway ? away.pool : world.database.pool;
      },
    };
    const host = await world.host({ options: { database } });
    await host.lookAt(START);
    await away.pool.query("set lock_timeout = '1ms'");
    await using lock = await lockedSchedules(world.database);
    isAway = true;
    await host.lookAt('2026-03-02T03:00:10Z');
    isAway = false;
    await lock[Symbol.asyncDispose]();
    await host.lookAt('2026-03-02T05:30:00Z');

    expect(host.troubles).toHaveLength(1);
    expect(await world.missed()).toMatchObject([{ fires: 4, reason: 'database-unreachable' }]);
  });
});

async function lockedSchedules(database: Database): Promise<AsyncDisposable> {
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query('lock table bfd_host.schedule');
  let isHeld = true;
  return {
    [Symbol.asyncDispose]: async () => {
      if (!isHeld) return;
      isHeld = false;
      await client.query('rollback');
      client.release();
    },
  };
}
