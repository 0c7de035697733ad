import { type FreshBucket, freshBucket } from '@bfd-host/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, type Ran, type RunOptions } from './support.ts';

let bench: Bench;
let bucket: FreshBucket;
beforeAll(async () => {
  bench = await Bench.open();
  bucket = await freshBucket();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await bucket[Symbol.asyncDispose]();
});

function run(does: string, options: RunOptions = {}, hasKeys = true): Promise<Ran> {
  const { endpoint, region, accessKeyId, secretAccessKey } = bucket.endpoint;
  const keys = hasKeys ? { accessKeyId, secretAccessKey } : {};
  return bench.run(
    {
      ...bench.spec('fault-s3', options),
      config: { bucket: bucket.name },
      s3: { endpoint, region, forcePathStyle: true, ...keys },
    },
    does,
    options,
  );
}

describe('S3 in a job', () => {
  it('takes an upload in parts and streams it back', async () => {
    const { end } = await run('upload and read');
    expect(end).toMatchObject({
      kind: 'returned',
      outcome: { counts: { bytes: 12 << 20, metadata: 1 } },
    });
    expect(bench.processes.status()).toMatchObject([{ state: 'idle' }]);
  });

  it('fails an upload whose stream breaks with the error of the stream', async () => {
    const { end } = await run('upload a broken stream');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'FAULT_STREAM' } });
  });

  it('tells of an error by its name, not by its key', async () => {
    const { end, everything } = await run('read what is not there');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_S3_NO_SUCH_KEY' } });
    expect(everything).not.toMatch(/SMITHERS|1EG4TE5MK73/);
  });

  it('ends what is being read when the run is told to stop', async () => {
    await run('upload and read');
    const { end } = await run('read slowly', { stopWhenWorking: true });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_RUN_ABORTED' } });
  });

  it('gets its keys from the host, where the host finds them', async () => {
    const { accessKeyId, secretAccessKey } = bucket.endpoint;
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    const { end } = await run('read what is not there', {}, false);
    expect(end).toMatchObject({ error: { code: 'BFD_S3_NO_SUCH_KEY' } });
  });

  it('has spans that name bucket and operation', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { told } = await run('upload and read', { request: { traceparent } });
    expect(told.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'S3.UploadPart',
        'S3.CompleteMultipartUpload',
        'S3.GetObject',
        'job.upload',
      ]),
    );
  });
});
