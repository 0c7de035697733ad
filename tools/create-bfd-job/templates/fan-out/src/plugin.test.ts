import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { evilKit, type JobToTest, succeeded, testJob } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';

const FILES = Array.from({ length: 5 }, (_, n) => [
  `people-${n}.csv`,
  `id,name,born\n${n},Person ${n},\n`,
]);

const job: JobToTest = {
  plugin: import.meta.dirname,
  config: ({ bucket }) => ({ bucket: bucket.name }),
  sql: await readFile(path.join(import.meta.dirname, '../dev/database.sql'), 'utf8'),
  objects: Object.fromEntries(FILES),
};

describe('my-job', () => {
  it('loads each file once', async () => {
    await using opened = await testJob(job);

    expect(succeeded(await opened.run()).counts).toEqual({ files: 5 });
    expect(await opened.run()).toMatchObject({ outcome: 'nothing-to-do' });

    expect(await opened.rows('select count(*)::int as people from people.person')).toEqual([
      { people: 5 },
    ]);
  });

  it('fails when a file cannot be loaded, and loads the others', async () => {
    await using opened = await testJob(job);
    await opened.put({ 'wrong.csv': 'id,name,born\nnobody,,\n' });

    expect(await opened.run()).toMatchObject({
      result: 'failed',
      error: { code: 'FILES_NOT_LOADED' },
    });

    expect(await opened.rows('select count(*)::int as files from people.file')).toEqual([
      { files: 5 },
    ]);
  });

  it('loses and doubles nothing when it is killed', async () => {
    await evilKit({ ...job, tables: ['people.person'], faults: ['kill'], places: 2 });
  });
});
