// Runs in time on a real database: each of them while they are few, and counts that agree with them when they are many.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import type { PageSources } from './page-sources.ts';
import { timeline } from './timeline.ts';

const NOON = new Date('2026-11-22T12:00:00Z');
const HOUR_MS = 3_600_000;
const before = (hours: number): Date => new Date(NOON.getTime() - hours * HOUR_MS);

async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 2, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const opened = opening.move();
  return {
    sources: { database } as unknown as PageSources, // all that it asks
    pool: database.pool,
    /** Runs that begin evenly over so many hours before noon; every tenth fails. */
    fill: async (job: string, runs: number, hours: number) => {
      await database.pool.query(
        `insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, boot_id, epoch, started_at, finished_at, result)
         select gen_random_uuid(), 1, $1, '1', 'p', '1', 'manual', gen_random_uuid(), 1, $2::timestamptz - make_interval(secs => n * $4::float8 * 3600 / $3::int),
                $2::timestamptz - make_interval(secs => n * $4::float8 * 3600 / $3::int - 1), case when n % 10 = 0 then 'failed' else 'succeeded' end
           from generate_series(1, $3::int) n`,
        [job, NOON, runs, hours],
      );
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('the timeline', () => {
  it('has each run while they are few, also one that began before and one that goes on', async () => {
    await using host = await open();
    await host.fill('a-job', 4, 4);
    const [long, going] = [randomUUID(), randomUUID()];
    await host.pool.query(
      `insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, boot_id, epoch, started_at, finished_at, result)
       values ($1, 1, 'long', '1', 'p', '1', 'manual', gen_random_uuid(), 1, $3, $4, 'succeeded'), ($2, 1, 'going', '1', 'p', '1', 'manual', gen_random_uuid(), 1, $3, null, null)`,
      [long, going, before(5), before(1)],
    );

    const { runs, lanes } = await timeline({ from: before(2.5), to: NOON }, host.sources);

    expect(lanes).toEqual([]);
    expect(runs.map(({ job }) => job).sort()).toEqual(['a-job', 'a-job', 'going', 'long']);
    expect(runs.find(({ job }) => job === 'going')).toMatchObject({
      result: 'running',
      finishedAt: null,
    });
  });

  it.each([
    ['6 hours', 6],
    ['24 hours, counted by the hour,', 24],
    ['7 days, counted by the hour,', 168],
  ])('counts the runs of %s when they are many', async (_, hours) => {
    await using host = await open();
    await host.fill('a-job', 2000, hours);
    await host.fill('other', 500, hours);

    const { runs, lanes, from, bucketMs } = await timeline(
      { from: before(hours), to: NOON },
      host.sources,
    );

    expect(runs).toEqual([]);
    const sum = (job: string, at: 1 | 2) =>
      (lanes.find((lane) => lane.job === job)?.buckets ?? []).reduce(
        (all, bucket) => all + bucket[at],
        0,
      );
    expect([sum('a-job', 1), sum('a-job', 2), sum('other', 1), sum('other', 2)]).toEqual([
      2000, 200, 500, 50,
    ]);
    const places = lanes.flatMap(({ buckets }) =>
      buckets.map(([place]) => Date.parse(from) + place * bucketMs),
    );
    expect(Math.min(...places)).toBeGreaterThanOrEqual(before(hours).getTime());
    expect(Math.max(...places)).toBeLessThan(NOON.getTime());
  });
});

describe('counts by the hour', () => {
  it('follow a run that was interrupted and ended once more', async () => {
    await using host = await open();
    await host.fill('a-job', 1, 1);
    const end = (result: string | null) =>
      host.pool.query('update bfd_host.run set result = $1', [result]);
    await end('interrupted');
    await end(null);
    await end('failed');

    const { rows } = await host.pool.query(
      'select succeeded, failed, other from bfd_host.run_hour',
    );

    expect(rows).toEqual([{ succeeded: 0, failed: 1, other: 0 }]);
  });
});
