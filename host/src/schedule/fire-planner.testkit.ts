// Hosts that plan fires on a real database, in a time that only the test moves.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { afterAll, beforeAll } from 'vitest';
import { VirtualClock, VirtualTime } from '../../../test/deep/fire-planner/virtual-clock.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { sql } from '../database/sql.ts';
import { RunQueue } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { FirePlanner, type FirePlannerOptions } from './fire-planner.ts';
import type { MissedStretch } from './missed-records.ts';

export const JOB = 'a-job';
export const START = '2026-03-02T00:00:00Z';

export interface HostOptions {
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

/** Opens the database that the worlds of a file's tests share. */
export function useStore(): void {
  beforeAll(async () => {
    store = await Store.open();
  });
  afterAll(() => store[Symbol.asyncDispose]());
}

/** Hosts on one database, in a time that only the test moves. */
export class World {
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

export class TestHost {
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
