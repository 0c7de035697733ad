import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { evilKit, type JobToTest, succeeded, testJob } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';

const TABLES = await readFile(path.join(import.meta.dirname, '../dev/database.sql'), 'utf8');

const job: JobToTest = {
  plugin: import.meta.dirname,
  config: { days: 30, portion: 2 },
  sql: `${TABLES};
    delete from audit.event;
    insert into audit.event (at, what)
    select now() - make_interval(days => 10 * n), 'event ' || n from generate_series(1, 7) n`,
};

describe('my-job', () => {
  it('deletes what is old and keeps the rest', async () => {
    await using opened = await testJob(job);

    const run = succeeded(await opened.run());

    expect(run.counts).toEqual({ rows: 5 });
    expect(run.progress.at(-1)).toMatchObject({ total: 5, unit: 'rows' });
    expect(await opened.rows('select what from audit.event order by at')).toEqual([
      { what: 'event 2' },
      { what: 'event 1' },
    ]);
    expect(await opened.run()).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('comes to the same end when it is killed or cancelled', async () => {
    const tables = ['select what from audit.event'];
    await evilKit({ ...job, tables, faults: ['kill', 'abort'], places: 2 });
  });
});
