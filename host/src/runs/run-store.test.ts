import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { RunStore } from './run-store.ts';

it('retention deletes runs that ended too long ago, and no other', async () => {
  await using fresh = await freshDatabase();
  await using database = await openDatabase({
    url: fresh.url,
    poolSize: 2,
    applicationName: 'test',
  });
  await migrateHostSchema(database);
  const store = new RunStore(database, randomUUID());
  const run = {
    attempt: 1,
    job: 'a-job',
    jobVersion: '1.0.0',
    plugin: 'a-plugin',
    pluginVersion: '1.0.0',
    trigger: { kind: 'startup' },
    epoch: 1,
    ranWith: {},
    startedAt: new Date(Date.now() - 40 * 86_400_000),
  } as const;
  const [old, recent, running] = [randomUUID(), randomUUID(), randomUUID()];
  for (const runId of [old, recent, running]) await store.begin({ ...run, runId });
  const end = `update bfd_host.run set finished_at = now() - $2::interval where run_id = $1`;
  await database.pool.query(end, [old, '31 days']);
  await database.pool.query(end, [recent, '29 days']);

  expect(await store.prune(30)).toBe(1);
  expect((await store.runs({ limit: 10 })).map(({ runId }) => runId).sort()).toEqual(
    [recent, running].sort(),
  );
});
