import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { evilKit, type JobToTest, succeeded, testJob } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';

const job: JobToTest = {
  plugin: import.meta.dirname,
  config: ({ bucket }) => ({ bucket: bucket.name }),
  sql: await readFile(path.join(import.meta.dirname, '../dev/database.sql'), 'utf8'),
  objects: { 'people.csv': 'id,name,born\n1,Ada Lovelace,1815-12-10\n2,Grace Hopper,\n' },
};

describe('my-job', () => {
  it('loads each file once', async () => {
    await using opened = await testJob(job);

    expect(succeeded(await opened.run()).counts).toEqual({ files: 1 });
    expect(await opened.run()).toMatchObject({ outcome: 'nothing-to-do' });
    await opened.put({ 'more.csv': 'id,name,born\n3,Mary Jackson,1921-04-09\n' });
    expect(succeeded(await opened.run()).counts).toEqual({ files: 1 });

    expect(await opened.rows('select name from people.person order by id')).toEqual([
      { name: 'Ada Lovelace' },
      { name: 'Grace Hopper' },
      { name: 'Mary Jackson' },
    ]);
  });

  it('says what is wrong with a file, and nothing of what is in it', async () => {
    await using opened = await testJob(job);
    await opened.put({ 'wrong.csv': 'id,name,born\n4,Somebody,at noon\n' });

    const run = await opened.run();

    expect(run).toMatchObject({
      result: 'failed',
      error: { code: expect.stringContaining('BFD_SQL_') },
    });
    expect(JSON.stringify(run)).not.toContain('Somebody');
  });

  it('loses and doubles nothing when it is killed', async () => {
    await evilKit({ ...job, tables: ['people.person'], faults: ['kill'], places: 2 });
  });
});
