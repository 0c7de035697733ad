import { succeeded, testJob } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';

const open = () =>
  testJob({
    plugin: import.meta.dirname,
    //+ s3
    config: ({ bucket }) => ({ bucket: bucket.name }),
    //-
  });

describe('my-job', () => {
  it('does its work', async () => {
    await using job = await open();

    const run = succeeded(await job.run());

    expect(run).toMatchObject({ outcome: 'work-done', counts: { runs: 1 } });
    expect(run.logs).toEqual([{ level: 'info', message: 'looked around', fields: { attempt: 1 } }]);
  });
  //+ schedule

  it('fires as it is meant to', async () => {
    await using job = await open();

    const day = { from: '2026-03-08T00:00:00Z', to: '2026-03-09T00:00:00Z' };
    expect((await job.fires(day)).length).toBeGreaterThan(0);
  });
  //-
});
