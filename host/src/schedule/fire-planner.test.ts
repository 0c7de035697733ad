import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock, VirtualTime } from '../../../test/deep/fire-planner/virtual-clock.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { sql } from '../database/sql.ts';
import { RunQueue } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { FirePlanner, type FirePlannerOptions } from './fire-planner.ts';
import type { MissedStretch } from './missed-records.ts';

const JOB = 'a-job';
const START = '2026-03-02T00:00:00Z';

interface HostOptions {
  readonly cron?: string;
  readonly missed?: 'latest' | 'skip';
  readonly jitterMs?: number;
  readonly state?: HostJob['state'];
  /** How far its clock is ahead of the database's. */
  readonly aheadMs?: number;
  readonly options?: Partial<FirePlannerOptions>;
}

/** A database with its queue, emptied for each test. */
class Store implements AsyncDisposable {
  readonly database: Database;
  readonly queue: RunQueue;
  readonly #resources: AsyncDisposableStack;

  private constructor(database: Database, queue: RunQueue, resources: AsyncDisposableStack) {
    this.database = database;
    this.queue = queue;
    this.#resources = resources;
  }

  static async open(): Promise<Store> {
    await using opening = new AsyncDisposableStack();
    const fresh = opening.use(await freshDatabase());
    const database: Database = opening.use(
      await openDatabase({ url: fresh.url, poolSize: 6, applicationName: 'test' }),
    );
    await migrateHostSchema(database);
    const queue = opening.use(
      await RunQueue.open(database, [JOB], (error) => {
        throw error;
      }),
    );
    return new Store(database, queue, opening.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

// Not truncated: that takes a lock which pg-boss, looking after its queues, may be waiting for.
const EMPTY = sql`
  delete from bfd_host.host;
  delete from bfd_host.schedule;
  delete from bfd_host.missed;
  delete from bfd_host.fire;
  delete from pgboss.job`;

let store: Store;
beforeAll(async () => {
  store = await Store.open();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Hosts on one database, in a time that only the test moves. */
class World {
  readonly time = new VirtualTime(START);
  readonly database = store.database;
  readonly queue = store.queue;
  readonly requests = new RunRequests(store.database, store.queue);
  readonly missedTold: MissedStretch[] = [];

  static async make(): Promise<World> {
    await store.database.pool.query(EMPTY);
    return new World();
  }

  async host(options: HostOptions = {}): Promise<TestHost> {
    const { cron = '0 * * * *', missed = 'latest', jitterMs = 0, aheadMs = 0 } = options;
    const bootId = randomUUID();
    const state = options.state ?? { kind: 'ready' };
    await this.database.pool.query(
      'insert into bfd_host.host (boot_id, version, jobs, started_at, seen_at) values ($1, $2, $3, $4, $4)',
      [bootId, '1.0.0', state.kind === 'ready' ? [JOB] : [], this.time.at],
    );
    const clock = new VirtualClock(this.time, aheadMs);
    const troubles: unknown[] = [];
    const planner = new FirePlanner({
      jobs: [
        { name: JOB, priority: 0, state, schedule: { cron, timezone: 'UTC', jitterMs, missed } },
      ],
      bootId,
      database: this.database,
      requests: this.requests,
      clock,
      onMissed: (stretch) => this.missedTold.push(stretch),
      onTrouble: (error) => troubles.push(error),
      ...options.options,
    });
    return new TestHost(this, bootId, planner, clock, troubles);
  }

  async fires(): Promise<string[]> {
    const { rows } = await this.database.pool.query<{ scheduled_at: Date }>(
      'select scheduled_at from bfd_host.fire where job_name = $1 order by 1',
      [JOB],
    );
    return rows.map(({ scheduled_at }) => brief(scheduled_at));
  }

  async missed() {
    const { rows } = await this.database.pool.query(
      'select * from bfd_host.missed where job_name = $1 order by missed_id',
      [JOB],
    );
    return rows.map((row) => ({
      from: brief(row.first_fire_at),
      to: brief(row.last_fire_at),
      fires: Number(row.fires),
      reason: row.reason,
      down: row.down_from ? `${brief(row.down_from)} to ${brief(row.down_to)}` : undefined,
    }));
  }
}

class TestHost {
  readonly #world: World;
  readonly #bootId: string;
  readonly planner: FirePlanner;
  readonly clock: VirtualClock;
  readonly troubles: unknown[];

  constructor(
    world: World,
    bootId: string,
    planner: FirePlanner,
    clock: VirtualClock,
    troubles: unknown[],
  ) {
    this.#world = world;
    this.#bootId = bootId;
    this.planner = planner;
    this.clock = clock;
    this.troubles = troubles;
  }

  async lookAt(moment: string): Promise<void> {
    this.#world.time.set(moment);
    await this.#world.database.pool.query(
      'update bfd_host.host set seen_at = $2 where boot_id = $1',
      [this.#bootId, this.#world.time.at],
    );
    await this.planner.look();
  }

  async stopAt(moment: string): Promise<void> {
    this.#world.time.set(moment);
    await this.#world.database.pool.query(
      'update bfd_host.host set seen_at = $2, stopped_at = $2 where boot_id = $1',
      [this.#bootId, this.#world.time.at],
    );
  }
}

const brief = (date: Date): string => date.toISOString().slice(5, 19).replace('T', ' ');

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
