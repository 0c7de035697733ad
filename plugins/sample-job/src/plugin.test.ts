import { succeeded, type TestJob, testJob } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';

const open = () => testJob({ plugin: import.meta.dirname, config: { schema: 'public' } });

async function write({ database }: TestJob, statement: string): Promise<void> {
  const client = await database.pool.connect();
  await client.query(statement);
  // Else the counts of this session would be seen up to a second later.
  await client.query('select pg_stat_force_next_flush()');
  client.release();
}

describe('the sample job', () => {
  it('has nothing to do in an empty database', async () => {
    await using job = await open();

    expect(await job.run()).toMatchObject({ outcome: 'nothing-to-do', isRecorded: false });
  });

  it('tells each table that was written to, once', async () => {
    await using job = await open();
    await write(job, 'create table claims (id int); create table idle (id int)');
    await write(job, 'insert into claims values (1), (2)');

    const first = succeeded(await job.run());
    const second = succeeded(await job.run());
    await write(job, 'update claims set id = 3 where id = 1');
    const third = succeeded(await job.run());

    expect(first.counts).toEqual({ tables: 1 });
    expect(second.outcome).toBe('nothing-to-do');
    expect(third.counts).toEqual({ tables: 1 });
    expect([first, second, third].flatMap(({ logs }) => logs)).toEqual([
      { level: 'info', message: 'table was written to', fields: { table: 'claims' } },
      { level: 'info', message: 'table was written to', fields: { table: 'claims' } },
    ]);
  });
});
