import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { succeeded, testJob } from './index.ts';

const PLUGIN = path.resolve(import.meta.dirname, '../../create-bfd-job/templates/poll-s3');
const TABLES = await readFile(path.join(PLUGIN, 'dev/database.sql'), 'utf8');
const PEOPLE = 'id,name,born\n1,Ada Lovelace,1815-12-10\n2,Grace Hopper,1906-12-09\n';

const open = () =>
  testJob({
    plugin: PLUGIN,
    config: ({ bucket }) => ({ bucket: bucket.name }),
    sql: TABLES,
    objects: { 'people.csv': PEOPLE },
  });

describe('a job under test', () => {
  it('runs', async () => {
    await using job = await open();
    const run = succeeded(await job.run());
    console.log(run);
    expect(await job.rows('select id, name from my_job.person order by id')).toEqual([
      { id: '1', name: 'Ada Lovelace' },
      { id: '2', name: 'Grace Hopper' },
    ]);
    console.log((await job.run()).outcome);
  });
});
