// One trace a run: host, job process, SQL and S3, as a collector receives it.

import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { Collector, type ReceivedSpan } from './collector.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

/** @returns the spans of the one run of a job with this body, of a host that was stopped in good order */
async function spansOf(body: string): Promise<{ spans: ReceivedSpan[]; traceId: unknown }> {
  await using collector = await Collector.start();
  await using project = await Project.make();
  await project.database.pool.query('create table claims (id bigint primary key)');
  const text = body.replaceAll('BUCKET', project.bucket.name);
  await project.write('traced', jobSource({ name: 'traced', body: text }));
  // By the standard variables this time.
  const host = project.start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'bfd-test',
  });
  const { traceId } = await host.waitFor({ event: 'run.finished', job: 'traced' });
  await host.stop();
  return { spans: collector.spans, traceId };
}

describe('the trace of a run', () => {
  it('goes from the host through the job process to SQL and S3', async () => {
    const { spans, traceId } = await spansOf(`
      await this.s3.listObjectsV2({ Bucket: 'BUCKET' });
      await ctx.transaction((tx) => tx.query('insert into claims select generate_series(1, 3)'));
      return workDone({ counts: { claims: 3 } });`);

    const named = (name: string) => {
      const found = spans.find((span) => span.name === name);
      if (!found) throw new Error(`no span ${name} among ${spans.map((span) => span.name)}`);
      return found;
    };
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(spans.every(({ resource }) => resource['service.name'] === 'bfd-test')).toBe(true);
    const root = named('run traced');
    const job = named('job.run');
    const transaction = named('job.transaction');
    expect(root).toMatchObject({
      parentSpanId: '',
      attributes: {
        'cicd.pipeline.name': 'traced',
        'cicd.pipeline.result': 'success',
        'bfd.run.trigger': 'startup',
      },
    });
    expect(job.parentSpanId).toBe(root.spanId);
    expect(named('S3.ListObjectsV2')).toMatchObject({
      parentSpanId: job.spanId,
      attributes: { 'http.response.status_code': 200 },
    });
    expect(transaction.parentSpanId).toBe(job.spanId);
    expect(named('INSERT claims')).toMatchObject({
      parentSpanId: transaction.spanId,
      attributes: { 'db.system.name': 'postgresql', 'db.collection.name': 'claims' },
    });
  });

  it('of a job whose process died has its spans ended by the host, with the reason', async () => {
    const { spans } = await spansOf(`
      ctx.workStarts();
      await this.db.query('select 1');
      process.abort();`);

    const root = spans.find(({ name }) => name === 'run traced');
    const job = spans.find(({ name }) => name === 'job.run');
    expect(root).toMatchObject({
      isError: true,
      attributes: { 'bfd.run.result': 'crashed', 'cicd.pipeline.result': 'error' },
    });
    expect(job).toMatchObject({
      parentSpanId: root?.spanId,
      isError: true,
      attributes: { 'error.type': root?.attributes['error.type'] },
    });
  });
});
