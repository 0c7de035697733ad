// Who is told of a run: database, standard output, collector and New Relic, all the same. A real host, real receivers.

import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { Collector } from './collector.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const JOBS = {
  works: 'ctx.workStarts(); return workDone({ counts: { rows: 7 } });',
  fails: "ctx.workStarts(); throw new JobError('BUCKET_GONE', 'The bucket is gone.');",
  crashes: 'ctx.workStarts(); process.abort();',
  idles: 'return nothingToDo();',
};

interface Told {
  readonly job: unknown;
  readonly event: unknown;
  readonly result: unknown;
  readonly error: unknown;
}

const told = ({ job, event, result, error }: Record<string, unknown>): Told => ({
  job,
  event,
  result,
  error,
});
const ofRuns = ({ event }: Told) => event === 'run.started' || event === 'run.finished';
const byText = (a: Told, b: Told) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

async function toldOf(jobs: readonly (keyof typeof JOBS)[]) {
  await using collector = await Collector.start();
  await using project = await Project.make({
    config: {
      concurrency: 4,
      telemetry: {
        otlp: {
          endpoint: collector.url,
          headers: { 'api-key': 'a-secret-key' },
          temporality: 'delta',
        },
        newRelicEvents: { accountId: '42', licenseKey: 'a-secret-key', endpoint: collector.url },
      },
    },
  });
  for (const job of jobs) await project.write(job, jobSource({ name: job, body: JOBS[job] }));
  const host = project.start();
  for (const job of jobs) {
    if (job !== 'idles') await host.waitFor({ event: 'run.finished', job });
  }
  const { pool } = project.database;
  if (jobs.includes('idles')) {
    const looked = () =>
      pool.query("select from bfd_host.job where name = 'idles' and last_finished_at is not null");
    await expect.poll(async () => (await looked()).rowCount, { timeout: 30_000 }).toBe(1);
  }
  const { exitCode } = await host.stop();
  expect(exitCode).toBe(0);
  const { rows } = await pool.query(
    `select job_name as job, result, error, started_at, finished_at, trace_id from bfd_host.run`,
  );
  return { collector, host, rows };
}

describe('a run with work, a failed one and a crashed one', () => {
  it('are told alike in database, standard output, OTLP and the Event API', async () => {
    const { collector, host, rows } = await toldOf(['works', 'fails', 'crashes']);

    const lines = host.events.map((line) => told({ ...line })).filter(ofRuns);
    const logs = collector.logs.map(({ event, attributes }) => told({ ...attributes, event }));
    const events = collector.events
      .filter(({ eventType }) => eventType === 'BfdJobRun')
      .map((event) => told({ ...event }));

    expect(lines).toHaveLength(6);
    expect(logs.filter(ofRuns).sort(byText)).toEqual([...lines].sort(byText));
    expect(events.sort(byText)).toEqual([...lines].sort(byText));
    expect(
      rows.map(({ job, result, error }) => ({ job, result, error })).sort(byText as never),
    ).toEqual(
      lines
        .filter(({ event }) => event === 'run.finished')
        .map(({ job, result, error }) => ({ job, result, error: error ?? null }))
        .sort(byText as never),
    );
    for (const { started_at, finished_at } of rows) expect(finished_at >= started_at).toBe(true);
    expect(lines).toContainEqual({
      job: 'fails',
      event: 'run.finished',
      result: 'failed',
      error: 'The bucket is gone.',
    });
    // The key of the collector is in no line.
    expect(JSON.stringify(host.events)).not.toContain('a-secret-key');
  });
});

describe('a run that finds nothing', () => {
  it('is told to nobody, and leaves no trace', async () => {
    const { collector, host, rows } = await toldOf(['idles']);

    expect(rows).toEqual([]);
    expect(host.events.filter(({ job }) => job === 'idles')).toEqual([]);
    expect(collector.logs.filter(({ attributes }) => attributes['job'] === 'idles')).toEqual([]);
    expect(collector.events.filter(({ job }) => job === 'idles')).toEqual([]);
    expect(collector.spans).toEqual([]);
    // It is counted all the same.
    expect(collector.points).toContainEqual(
      expect.objectContaining({
        metric: 'bfd.runs',
        value: 1,
        attributes: expect.objectContaining({ 'bfd.run.outcome': 'nothing-to-do' }),
      }),
    );
  });
});
