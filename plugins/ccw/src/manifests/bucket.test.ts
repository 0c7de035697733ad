import type { RunContext, S3Client } from '@bfd-host/sdk';
import { freshBucket } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { listBucket, manifestOf } from './bucket.ts';
import { doneKey, moveToDone } from './move-done.ts';

const MIB = 2 ** 20;
const NOW = Date.parse('2024-03-10T00:00:00Z');

describe('the key of a manifest', () => {
  it.each([
    ['Incoming/2000-01-01T00:00:00Z/3_manifest.xml', '2000-01-01T00:00:00Z', 3],
    ['Incoming/2017-07-11T00:00:00.000Z/12_manifest.xml', '2017-07-11T00:00:00Z', 12],
    ['Synthetic/Incoming/2024-03-06T07:00:00-05:00/0_manifest.xml', '2024-03-06T12:00:00Z', 0],
  ])('%s is read', (key, timestamp, sequenceId) => {
    const folder = key.replace(/[^/]+$/, '');
    expect(manifestOf(key)).toEqual({ key, folder, timestamp: Date.parse(timestamp), sequenceId });
  });

  it.each([
    'not a valid key',
    'Incoming/2000-01-01/3_manifest.xml',
    'Incoming/2000-01-01T00:00:00Z/manifest.xml',
    'Incoming/2000-01-01T00:00:00Z/3_manifest.xml.bak',
    'Done/2000-01-01T00:00:00Z/3_manifest.xml',
    'Other/Incoming/2000-01-01T00:00:00Z/3_manifest.xml',
    'Incoming/2000-13-01T00:00:00Z/3_manifest.xml',
  ])('is not %s', (key) => {
    expect(manifestOf(key)).toBeUndefined();
  });
});

describe('listing a bucket', () => {
  it('goes through all pages and passes over folders that are too old', async ({ signal }) => {
    await using bucket = await freshBucket();
    const keys = [
      'Incoming/2023-01-01T00:00:00Z/0_manifest.xml',
      'Incoming/2024-03-01T00:00:00Z/0_manifest.xml',
      'Incoming/2024-03-01T00:00:00Z/a.csv',
      'Incoming/2024-03-01T00:00:00Z/b.csv',
      'Synthetic/Incoming/2024-02-29T00:00:00Z/1_manifest.xml',
      'Done/2024-03-01T00:00:00Z/0_manifest.xml',
    ];
    for (const Key of keys) await bucket.client.putObject({ Bucket: bucket.name, Key, Body: 'x' });

    const options = { maxAgeDays: 60, now: NOW, signal, pageSize: 2 };
    const { manifests, objects } = await listBucket(bucket.client, bucket.name, options);

    expect(manifests.map(({ key }) => key)).toEqual([keys[4], keys[1]]);
    expect([...objects.keys()]).toEqual(keys.slice(1, 5));
    expect(objects.get(keys[2] ?? '')).toMatchObject({ sizeBytes: 1 });
  });
});

describe('moving a data set', () => {
  it('goes from Incoming to Done of the same kind', () => {
    expect(doneKey('Incoming/t/Incoming/x')).toBe('Done/t/Incoming/x');
    expect(doneKey('Synthetic/Incoming/t/x')).toBe('Synthetic/Done/t/x');
  });

  it('keeps what is in large and small objects, and their metadata', async ({ signal }) => {
    await using bucket = await freshBucket();
    const { client, name } = bucket;
    const Metadata = { md5chksum: 'x' };
    const bodies = new Map(
      [10, 3 * MIB].map((size) => [
        `Incoming/2024-03-01T00:00:00Z/größe & co ${size}.csv`,
        Buffer.alloc(size, 'abcdefg'),
      ]),
    );
    for (const [Key, Body] of bodies) await client.putObject({ Bucket: name, Key, Body, Metadata });
    const objects = new Map(
      [...bodies].map(([key, { length }]) => [key, { sizeBytes: length, etag: '' }]),
    );
    const ctx = { signal, upload: (...args: UploadArguments) => upload(client, ...args) };

    const tools = { s3: client, bucket: name, ctx, mostCopyBytes: MIB };
    await moveToDone(tools, [...bodies.keys(), 'Incoming/gone'], objects);

    for (const [key, body] of bodies) {
      const moved = await client.getObject({ Bucket: name, Key: doneKey(key) });
      expect(moved.Metadata).toEqual(Metadata);
      expect(body.equals(Buffer.from((await moved.Body?.transformToByteArray()) ?? []))).toBe(true);
    }
    const left = await client.listObjectsV2({ Bucket: name, Prefix: 'Incoming/' });
    expect(left.KeyCount).toBe(0);
  });
});

type UploadArguments = Parameters<RunContext['upload']>;

/** As the runtime does it, without parts. */
async function upload(client: S3Client, ...[Bucket, Key, body, options]: UploadArguments) {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  const Body = Buffer.concat(parts);
  await client.putObject({ Bucket, Key, Body, Metadata: { ...options?.metadata } });
}
