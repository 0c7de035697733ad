import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { Leases } from '../engine/leases.ts';
import { openDatabase } from './database.ts';
import { migrateHostSchema } from './migrations.ts';

const PUT = 'select bfd_host.checkpoint_put($1, $2, $3, $4::jsonb)';
const GET = 'select bfd_host.checkpoint_get($1, $2) as value';

async function holder() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 4, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const lease = await new Leases(database, randomUUID()).claim('a-job');
  if (!lease) throw new Error('nobody else is here to hold it');
  opening.use(lease);
  const opened = opening.move();
  return { database, lease, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe('a checkpoint', () => {
  it('is there for whoever asks later, and replaced by the next', async () => {
    await using host = await holder();
    const { pool } = host.database;
    await pool.query(PUT, ['a-job', host.lease.epoch, 'place', '{"line": 7}']);
    await pool.query(PUT, ['a-job', host.lease.epoch, 'place', '{"line": 8}']);

    expect((await pool.query(GET, ['a-job', 'place'])).rows).toEqual([{ value: { line: 8 } }]);
    expect((await pool.query(GET, ['another-job', 'place'])).rows).toEqual([{ value: null }]);
  });

  it('is removed by null', async () => {
    await using host = await holder();
    const { pool } = host.database;
    await pool.query(PUT, ['a-job', host.lease.epoch, 'place', '1']);
    await pool.query(PUT, ['a-job', host.lease.epoch, 'place', null]);

    expect((await pool.query(GET, ['a-job', 'place'])).rows).toEqual([{ value: null }]);
  });

  it('is refused to a run that lost its lease', async () => {
    await using host = await holder();

    await expect(
      host.database.pool.query(PUT, ['a-job', host.lease.epoch - 1, 'place', '1']),
    ).rejects.toMatchObject({ code: 'BF001' });
  });
});
