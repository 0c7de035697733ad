import { createHash, randomBytes } from 'node:crypto';
import type { Logger, S3Client } from '@bfd-host/sdk';
import { type FreshBucket, freshBucket } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { BreakingS3 } from './breaking-s3.testkit.ts';
import { ObjectSource } from './object-source.ts';

const CONTENT = randomBytes(3_000_000);
const KEY = 'object.csv';

describe('the bytes of an object', () => {
  it('come whole, though the memory of each part is given back when the next one is asked for', async ({
    signal,
  }) => {
    await using bucket = await bucketWith(CONTENT);
    const source = await open(bucket, bucket.client, signal);
    const parts: Buffer[] = [];
    const copies: Buffer[] = [];
    for await (const part of source.bytes()) {
      parts.push(part);
      copies.push(Buffer.from(part));
    }

    expect(Buffer.concat(copies).equals(CONTENT)).toBe(true);
    expect(source.sizeBytes).toBe(CONTENT.length);
    source.verify();
    const kept = parts.reduce((bytes, part) => bytes + part.length, 0);
    expect(kept).toBeLessThan(CONTENT.length / 4);
  });

  it('come whole and have the right sum over connections that break', async ({ signal }) => {
    await using bucket = await bucketWith(CONTENT);
    await using breaking = await BreakingS3.before(bucket, () => 700_000);
    const log: string[] = [];
    const source = await open(bucket, breaking.client, signal, log);

    expect((await whole(source)).equals(CONTENT)).toBe(true);
    source.verify();
    expect(breaking.connections).toBeGreaterThan(4);
    expect(log).toHaveLength(breaking.connections - 1);
  });

  it('end with an error when connections break time and again without a byte', async ({
    signal,
  }) => {
    await using bucket = await bucketWith(CONTENT);
    await using breaking = await BreakingS3.before(bucket, (nth) => (nth === 0 ? 700_000 : 0));
    const source = await open(bucket, breaking.client, signal);

    await expect(whole(source)).rejects.toMatchObject({ code: 'BFD_S3_READ' });
    expect(breaking.connections).toBe(7);
  });

  it('are not mixed with those of another object under the same key', async ({ signal }) => {
    await using bucket = await bucketWith(CONTENT);
    await using breaking = await BreakingS3.before(bucket, () => 700_000);
    const source = await open(bucket, breaking.client, signal);
    await put(bucket, randomBytes(CONTENT.length));

    await expect(whole(source)).rejects.toMatchObject({ code: 'BFD_S3_REPLACED' });
  });

  it('are waited for no longer than the run goes on', async () => {
    const stop = new AbortController();
    await using bucket = await bucketWith(CONTENT);
    await using breaking = await BreakingS3.before(bucket, (nth) => (nth === 0 ? 700_000 : 0));
    const source = await open(bucket, breaking.client, stop.signal);
    const reading = whole(source);
    stop.abort(new Error('the run is to stop'));

    await expect(reading).rejects.toThrow();
  });
});

async function bucketWith(content: Buffer): Promise<FreshBucket> {
  const bucket = await freshBucket();
  await put(bucket, content);
  return bucket;
}

async function put({ client, name }: FreshBucket, content: Buffer): Promise<void> {
  const md5chksum = createHash('md5').update(content).digest('base64');
  await client.putObject({ Bucket: name, Key: KEY, Body: content, Metadata: { md5chksum } });
}

async function open(
  { name: bucket }: FreshBucket,
  s3: S3Client,
  signal: AbortSignal,
  lines: string[] = [],
): Promise<ObjectSource> {
  const note = (message: string) => lines.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  return ObjectSource.open({ s3, bucket, key: KEY, signal, log });
}

async function whole(source: ObjectSource): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const part of source.bytes()) copies.push(Buffer.from(part));
  return Buffer.concat(copies);
}
