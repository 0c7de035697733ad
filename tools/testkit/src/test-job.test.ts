import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { succeeded, type TestJob, testJob } from './index.ts';

vi.setConfig({ testTimeout: 60_000 });

const PLUGIN = path.resolve(import.meta.dirname, '../../create-bfd-job/templates/poll-s3');
const TABLES = await readFile(path.join(PLUGIN, 'dev/database.sql'), 'utf8');

/** The job that loads people, with one file to load; the plugin is found from a folder in it. */
function loadsPeople(): Promise<TestJob> {
  return testJob({
    plugin: path.join(PLUGIN, 'src'),
    config: ({ bucket }) => ({ bucket: bucket.name }),
    sql: TABLES,
    objects: { 'people.csv': 'id,name,born\n1,Ada,1815-12-10\n2,Grace,\n' },
  });
}

describe('a job under test', () => {
  it('shows what it did: outcome, rows, spans and events', async () => {
    await using job = await loadsPeople();

    const first = succeeded(await job.run());
    const second = succeeded(await job.run());

    expect(first).toMatchObject({ outcome: 'work-done', counts: { files: 1 }, isRecorded: true });
    expect(await job.rows('select id, name from people.person order by id')).toEqual([
      { id: '1', name: 'Ada' },
      { id: '2', name: 'Grace' },
    ]);
    expect(first.spans).toContainEqual(
      expect.objectContaining({ name: 'COPY people.person', parent: 'job.transaction' }),
    );
    expect(first.events.map(({ event }) => event)).toEqual(['run.started', 'run.finished']);
    expect(second).toMatchObject({ outcome: 'nothing-to-do', isRecorded: false, events: [] });
  });

  it('runs in a process of its own with as little rights as in a host, and is told what is wrong', async () => {
    await using job = await loadsPeople();
    await job.put({ 'wrong.csv': 'id,name,born\n3,Mary,not a date\n' });

    const run = await job.run();

    expect(run).toMatchObject({
      result: 'failed',
      error: { code: expect.stringMatching(/^BFD_SQL_/) },
    });
    expect(() => succeeded(run)).toThrow(/the run failed: BFD_SQL_.*: .*date/);
    expect(JSON.stringify(run)).not.toContain('not a date');
  });

  it('fires in virtual time: nobody waits for a clock change', async () => {
    await using job = await loadsPeople();
    const hour = { from: '2026-03-08T06:00:00Z', to: '2026-03-08T07:00:00Z' };

    expect(await job.fires(hour)).toHaveLength(12);
    const runs = await job.runOnSchedule({ ...hour, to: '2026-03-08T06:10:00Z' });

    expect(runs.map(({ outcome }) => outcome)).toEqual(['work-done', 'nothing-to-do']);
  });

  it('can be cancelled', async () => {
    await using job = await loadsPeople();
    expect(await job.run({ signal: AbortSignal.abort() })).toMatchObject({ result: 'cancelled' });
  });

  it('is not opened with a configuration that it does not take, and told what is wrong', async () => {
    const opening = testJob({ plugin: PLUGIN, config: { buckett: 'people' } });
    await expect(opening).rejects.toMatchObject({
      code: 'BFD_CONFIG',
      message: expect.stringMatching(/jobs\.my-job\.config\.bucket/),
    });
  });

  it('must be named where there are several, and must be there', async () => {
    const plugin = path.resolve(import.meta.dirname, '../test/faulty-jobs');
    await expect(testJob({ plugin })).rejects.toMatchObject({ code: 'BFD_TESTKIT_JOB' });
    await expect(testJob({ plugin, job: 'tels-name' })).rejects.toMatchObject({
      code: 'BFD_TESTKIT_JOB',
      message: expect.stringContaining("'logs-number'"),
    });
    await expect(testJob({ plugin: '/' })).rejects.toMatchObject({ code: 'BFD_TESTKIT_PLUGIN' });
  });
});
