import type { Json, Logger, RunContext } from '@bfd-host/sdk';
import { type FreshDatabase, freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { SampleJob } from './plugin.ts';

/** What a run is given, kept in memory: its checkpoints, and what it told. */
function runContext() {
  const checkpoints = new Map<string, Json>();
  const told: unknown[] = [];
  const tell = (message: string, fields?: unknown) => told.push({ message, ...Object(fields) });
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell };
  const checkpoint = async (key: string, ...value: [] | [Json]) => {
    if (value.length === 0) return checkpoints.get(key);
    checkpoints.set(key, value[0]);
    return undefined;
  };
  // Only what this job uses of its context.
  const ctx = { checkpoint, progress: () => {} } as unknown as RunContext;
  return { ctx, log, told };
}

async function write({ pool }: FreshDatabase, statement: string): Promise<void> {
  const client = await pool.connect();
  await client.query(statement);
  // Else the counts of this session would be seen up to a second later.
  await client.query('select pg_stat_force_next_flush()');
  client.release();
}

describe('the sample job', () => {
  it('has nothing to do in an empty database', async () => {
    await using database = await freshDatabase();
    const { ctx, log } = runContext();
    const job = new SampleJob(database.pool, { schema: 'ccw' }, log);
    await expect(job.run(ctx)).resolves.toEqual({ kind: 'nothing-to-do' });
  });

  it('tells each table that was written to, once', async () => {
    await using database = await freshDatabase();
    await write(database, 'create table public.claims (id int); create table public.idle (id int)');
    await write(database, 'insert into public.claims values (1), (2)');
    const { ctx, log, told } = runContext();
    const job = new SampleJob(database.pool, { schema: 'public' }, log);

    await expect(job.run(ctx)).resolves.toMatchObject({ counts: { tables: 1 } });
    await expect(job.run(ctx)).resolves.toMatchObject({ kind: 'nothing-to-do' });
    await write(database, 'update public.claims set id = 3 where id = 1');
    await expect(job.run(ctx)).resolves.toMatchObject({ counts: { tables: 1 } });

    expect(JSON.parse(JSON.stringify(told))).toEqual([
      { message: 'table was written to', table: 'claims' },
      { message: 'table was written to', table: 'claims' },
    ]);
  });
});
