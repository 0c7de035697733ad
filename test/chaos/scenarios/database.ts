// What happens to a database.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Scenario } from '../outlive.ts';
import type { Scene } from '../scene.ts';
import { SmallDisk } from '../small-disk.ts';

const AWAY_MS = 3000;

const restartedFast: Scenario = {
  name: 'PostgreSQL was restarted',
  scene: { server: 'own' },
  async strike(scene) {
    await scene.stopDatabase('fast');
    await sleep(AWAY_MS);
    await scene.startDatabase();
  },
};

const cutShort: Scenario = {
  name: 'PostgreSQL was cut short and recovered',
  isShort: true,
  scene: { server: 'own' },
  async strike(scene) {
    await scene.stopDatabase('immediate');
    await sleep(AWAY_MS);
    await scene.startDatabase();
  },
};

const KILL_SESSIONS = `
  select pg_terminate_backend(pid) from pg_stat_activity
   where datname = current_database() and application_name ~ '^bfd'`;

const sessionsKilled: Scenario = {
  name: 'all sessions of hosts and jobs were killed twenty times',
  async strike(scene) {
    for (let times = 0; times < 20; times++) {
      await scene.pool.query(KILL_SESSIONS);
      await sleep(150 + 13 * times); // in ever another phase of the work
    }
  },
};

const noConnectionFree: Scenario = {
  name: 'PostgreSQL had no connection free for 10 s',
  scene: { server: 'own' },
  async strike(scene) {
    await using held = new AsyncDisposableStack();
    for (let until = Number.POSITIVE_INFINITY; performance.now() < until; ) {
      const client = new pg.Client({ connectionString: scene.url });
      client.on('error', () => {});
      try {
        await client.connect();
        held.defer(() => client.end()); // also what hosts and jobs give back meanwhile
      } catch {
        until = Math.min(until, performance.now() + 10_000); // from the first one that is refused
        await sleep(5);
      }
    }
  },
};

const diskFull: Scenario = {
  name: "PostgreSQL's disk was full for 10 s",
  whyNot: SmallDisk.whyNot,
  scene: { server: 'on-small-disk' },
  async strike(scene) {
    await scene.disk.fill();
    await untilRefused(scene, '53100');
    await sleep(10_000);
    await scene.disk.clear();
    await scene.startDatabase();
  },
};

const disk = { scene: { server: 'on-small-disk' }, whyNot: SmallDisk.whyNot } as const;

const logDiskFull: Scenario = {
  name: 'PostgreSQL died of a full disk under its write-ahead log',
  ...disk,
  async strike(scene) {
    await scene.disk.fill();
    // The next segment of the log has no room: PostgreSQL panics, and cannot recover either.
    const admin = new pg.Client({ connectionString: scene.adminUrl });
    admin.on('error', () => {});
    await admin.connect();
    for (;;) {
      const isDead = await admin.query('select pg_switch_wal()').then(
        () => false,
        () => true,
      );
      if (isDead) break;
      await sleep(20);
    }
    await sleep(AWAY_MS);
    await scene.disk.clear();
    await scene.startDatabase();
  },
};

/** Waits until the database refuses somebody's work so. */
async function untilRefused(scene: Scene, sqlState: string): Promise<void> {
  for (;;) {
    try {
      await scene.pool.query(
        "insert into chaos.tick select null, 0, repeat('x', 4000) from generate_series(1, 10)",
      );
    } catch (error) {
      if ((error as { code?: string }).code === sqlState) return;
    }
    await sleep(50);
  }
}

export const OF_DATABASE = [
  restartedFast,
  cutShort,
  sessionsKilled,
  noConnectionFree,
  diskFull,
  logDiskFull,
];
