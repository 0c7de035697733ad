import { describe, expect, it } from 'vitest';
import { START, useStore, World } from './fire-planner.testkit.ts';

useStore();

describe('a schedule', () => {
  it('starts when its job is seen for the first time', async () => {
    const world = await World.make();
    const host = await world.host();
    await host.lookAt('2026-03-02T00:30:00Z');
    await host.lookAt('2026-03-02T01:00:00Z');

    expect(await world.fires()).toEqual(['03-02 01:00:00']);
  });

  it('fires once, however many hosts look', async () => {
    const world = await World.make();
    const hosts = [await world.host(), await world.host(), await world.host()];
    for (const moment of [START, '2026-03-02T01:00:00Z', '2026-03-02T01:00:01Z']) {
      world.time.set(moment);
      await Promise.all(hosts.map((host) => host.lookAt(moment)));
    }

    expect(await world.fires()).toEqual(['03-02 01:00:00']);
    expect(hosts.flatMap(({ troubles }) => troubles)).toEqual([]);
  });

  it("goes by the database's clock, not by the host's", async () => {
    const world = await World.make();
    const host = await world.host({ aheadMs: 2 * 3600_000 });
    await host.lookAt(START);
    await host.lookAt('2026-03-02T00:59:59.999Z');
    const early = await world.fires();
    await host.lookAt('2026-03-02T01:00:00Z');

    expect(early).toEqual([]);
    expect(await world.fires()).toEqual(['03-02 01:00:00']);
  });

  it('fires no second time when the database goes on with an earlier clock', async () => {
    const world = await World.make();
    const host = await world.host();
    await host.lookAt(START);
    await host.lookAt('2026-03-02T01:00:02Z');
    await host.lookAt('2026-03-02T00:59:50Z');
    await host.lookAt('2026-03-02T01:00:03Z');

    expect(await world.fires()).toEqual(['03-02 01:00:00']);
    expect(await world.missed()).toEqual([]);
  });

  it('starts anew when it is changed', async () => {
    const world = await World.make();
    const before = await world.host({ cron: '0 * * * *' });
    await before.lookAt(START);
    await before.stopAt('2026-03-02T00:10:00Z');
    world.time.set('2026-03-02T05:00:30Z');
    const after = await world.host({ cron: '*/15 * * * *' });
    await after.lookAt('2026-03-02T05:00:30Z');
    await after.lookAt('2026-03-02T05:15:00Z');

    expect(await world.fires()).toEqual(['03-02 05:15:00']);
    expect(await world.missed()).toEqual([]);
  });

  it('is that of the host that started last, and of the other again when that one is gone', async () => {
    const world = await World.make();
    const old = await world.host({ cron: '0 * * * *' });
    await old.lookAt(START);
    world.time.set('2026-03-02T00:20:00Z');
    const fresh = await world.host({ cron: '30 * * * *' });
    await fresh.lookAt('2026-03-02T00:20:00Z');
    await fresh.lookAt('2026-03-02T00:30:00Z');
    await old.lookAt('2026-03-02T01:00:00Z');
    const whileBoth = await world.fires();
    await fresh.stopAt('2026-03-02T01:10:00Z');
    await old.lookAt('2026-03-02T01:10:10Z');
    await old.lookAt('2026-03-02T02:00:00Z');

    expect(whileBoth).toEqual(['03-02 00:30:00']);
    expect(await world.fires()).toEqual(['03-02 00:30:00', '03-02 02:00:00']);
  });

  it('puts a fire off by its jitter, and still counts it as on time', async () => {
    const world = await World.make();
    const host = await world.host({ jitterMs: 20 * 60_000, missed: 'skip' });
    await host.lookAt(START);
    await host.lookAt('2026-03-02T01:00:00Z');
    const atOnce = await world.fires();
    const waitMs = host.planner.msToNext;
    await host.lookAt(new Date(world.time.at.getTime() + Math.ceil(waitMs)).toISOString());

    expect(atOnce).toEqual([]);
    expect(waitMs).toBeLessThan(20 * 60_000);
    expect(await world.fires()).toEqual(['03-02 01:00:00']);
    expect(await world.missed()).toEqual([]);
  });
});

describe('a host that dies between deciding and asking', () => {
  it('leaves the fire to the next', async () => {
    const world = await World.make();
    const dying = await world.host({
      options: { requests: { fire: () => Promise.reject(new Error('killed')) } },
    });
    const other = await world.host();
    await dying.lookAt(START);
    await other.lookAt(START);
    await dying.lookAt('2026-03-02T01:00:00Z');
    const before = await world.fires();
    await other.lookAt('2026-03-02T01:00:05Z');

    expect(before).toEqual([]);
    expect(await world.fires()).toEqual(['03-02 01:00:00']);
  });
});
