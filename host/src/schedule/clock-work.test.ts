import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { ClockWork } from './clock-work.ts';

/** A host's clock work on a real database, in real time, and the fires it asked for. */
async function clockWork(cron: string) {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database: Database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 4, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const bootId = randomUUID();
  await database.pool.query(
    "insert into bfd_host.host (boot_id, version, jobs) values ($1, '1.0.0', '{a-job}')",
    [bootId],
  );
  const fired: { scheduledAt: Date; lateMs: number }[] = [];
  const troubles: unknown[] = [];
  let heard: (() => void) | undefined;
  let seconds = 0;
  opening.use(
    new ClockWork({
      // The other one's task is node-cron's, which has to be set right when clocks are moved.
      jobs: [['a-job', cron] as const, ['nightly', '0 4 * * *'] as const].map(
        ([name, expression]) => ({
          name,
          priority: 0,
          state: { kind: 'ready' },
          schedule: { cron: expression, timezone: 'UTC', jitterMs: 0, missed: 'latest' },
        }),
      ),
      bootId,
      database,
      requests: {
        fire: async (_, scheduledAt) => {
          const { rows } = await database.pool.query<{ now: Date }>(
            'select clock_timestamp() as now',
          );
          const now = rows[0]?.now ?? scheduledAt;
          fired.push({ scheduledAt, lateMs: now.getTime() - scheduledAt.getTime() });
          heard?.();
          return true;
        },
      },
      onTrouble: (error) => troubles.push(error),
      onSecond: () => {
        seconds++;
      },
    }),
  );
  const opened = opening.move();
  return {
    fired,
    troubles,
    get seconds() {
      return seconds;
    },
    async untilFired(count: number): Promise<void> {
      while (fired.length < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('the clock work of a host', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks for each fire once, soon after it is due', async () => {
    await using clock = await clockWork('* * * * * *');
    await clock.untilFired(3);

    const moments = clock.fired.map(({ scheduledAt }) => scheduledAt.getTime());
    expect(new Set(moments).size).toBe(moments.length);
    expect(moments).toEqual(moments.toSorted());
    expect(Math.min(...clock.fired.map(({ lateMs }) => lateMs))).toBeGreaterThanOrEqual(0);
    // Not when the next second of this host begins; but a busy machine may hold one of them up.
    expect(Math.min(...clock.fired.map(({ lateMs }) => lateMs))).toBeLessThan(300);
    expect(clock.seconds).toBeGreaterThanOrEqual(1);
    expect(clock.troubles).toEqual([]);
  });

  it.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])('goes on when the clock of its machine is put %s by an hour', async (_, ms) => {
    await using clock = await clockWork('* * * * * *');
    await clock.untilFired(1);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
    await clock.untilFired(3);

    const [first, ...later] = clock.fired.map(({ scheduledAt }) => scheduledAt.getTime());
    for (const moment of later) expect(moment - Number(first)).toBeLessThan(10_000);
    expect(clock.troubles).toEqual([]);
  });

  it('starts although its schedule never fires', async () => {
    await using clock = await clockWork('0 0 8 * MON#1');

    expect(clock.fired).toEqual([]);
  });
});
