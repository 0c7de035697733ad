import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';
import { until } from '../../../../test/support/stack-users.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('writing an object', () => {
  it('keeps its bytes, type and checksum', async () => {
    await put('plain.txt', Buffer.from('hello buffer'), { ContentType: 'text/plain' });

    const got = await s3.client.getObject({ ...at('plain.txt'), ChecksumMode: 'ENABLED' });
    expect(await got.Body?.transformToString()).toBe('hello buffer');
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      ContentLength: 12,
      ETag: `"${createHash('md5').update('hello buffer').digest('hex')}"`,
      ChecksumCRC32: 'Q2qqdw==',
    });
  });

  it('takes a stream in the chunked form of today’s SDK, and stores the bytes alone', async () => {
    const content = `${'x'.repeat(300_000)}END`;
    const Body = Readable.from([
      Buffer.from(content.slice(0, 1000)),
      Buffer.from(content.slice(1000)),
    ]);

    const { ETag } = await s3.client.putObject({
      ...at('streamed'),
      Body,
      ContentLength: content.length,
    });

    expect(ETag).toBe(`"${createHash('md5').update(content).digest('hex')}"`);
    expect(await read('streamed')).toBe(content);
    const head = await s3.client.headObject(at('streamed'));
    expect(head.ContentLength).toBe(300_003);
    expect(head.ContentEncoding).toBeUndefined();
  });

  it('takes a stream in the plain form of older stores', async () => {
    const client = s3.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });

    await client.putObject({
      ...at('plain-stream'),
      Body: Readable.from(['abc']),
      ContentLength: 3,
    });

    expect(await read('plain-stream')).toBe('abc');
  });

  it('takes an empty one', async () => {
    await put('empty', '');

    expect(await read('empty')).toBe('');
  });

  it('keeps user metadata and the headers that travel with an object', async () => {
    await put('with-metadata', 'm', {
      Metadata: { md5chksum: 'abc==', 'x-rows': '12' },
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="x"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'en',
    });

    const head = await s3.client.headObject(at('with-metadata'));
    expect(head).toMatchObject({
      Metadata: { md5chksum: 'abc==', 'x-rows': '12' },
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="x"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'en',
    });
    expect(head.LastModified).toBeInstanceOf(Date);
  });

  it('replaces the one before at once, with another ETag', async () => {
    const first = await put('overwritten', '1');
    const second = await put('overwritten', '22');

    expect(await read('overwritten')).toBe('22');
    expect(second.ETag).not.toBe(first.ETag);
  });

  it('never mixes what several write at once, whoever reads meanwhile', async () => {
    const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(1_000_000, 65 + index));
    await put('contended', bodies[0] ?? '');
    const isWhole = (bytes: Uint8Array) =>
      bytes.length === 1_000_000 && bytes.every((b) => b === bytes[0]);
    const writing = Promise.all(bodies.map((body) => put('contended', body)));
    const seen: boolean[] = [];
    for (let round = 0; round < 10; round++) {
      const { Body } = await s3.client.getObject(at('contended'));
      seen.push(isWhole((await Body?.transformToByteArray()) ?? new Uint8Array()));
    }
    await writing;

    expect(seen).toEqual(Array(10).fill(true));
  });

  it.each([
    ['a wrong SHA-256', { ChecksumSHA256: Buffer.alloc(32).toString('base64') }],
    ['a wrong CRC32C', { ChecksumCRC32C: 'AAAAAA==' }],
    ['a wrong SHA-1', { ChecksumSHA1: Buffer.alloc(20).toString('base64') }],
    ['a wrong MD5', { ContentMD5: Buffer.alloc(16).toString('base64') }],
  ])('is refused with %s', async (_what, claim) => {
    expect(await refusal(put('refused', 'abc', claim))).toEqual({ status: 400, code: 'BadDigest' });
    expect(await refusal(s3.client.headObject(at('refused')))).toMatchObject({ status: 404 });
  });

  it('accepts the right checksum of each kind', async () => {
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      await put('checked', 'abc', { ChecksumAlgorithm });
    }
    const head = await s3.client.headObject({ ...at('checked'), ChecksumMode: 'ENABLED' });
    expect(head.ChecksumSHA256).toBe(createHash('sha256').update('abc').digest('base64'));
  });

  it('is refused with more metadata than S3 takes', async () => {
    expect(await refusal(put('heavy', 'x', { Metadata: { a: 'x'.repeat(2100) } }))).toMatchObject({
      code: 'MetadataTooLarge',
    });
  });

  it('leaves nothing behind when the client goes away in the middle', async () => {
    const gone = new AbortController();
    const half = new Readable({ read: () => undefined });
    half.push(Buffer.alloc(70_000));
    const client = s3.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const writing = client.putObject(
      { ...at('interrupted'), Body: half, ContentLength: 1_000_000 },
      { abortSignal: gone.signal },
    );
    const incoming = () => readdir(join(s3.folder, 'tmp'));
    await until(async () => (await incoming()).length === 1);

    gone.abort();

    await expect(writing).rejects.toThrow();
    await until(async () => (await incoming()).length === 0);
    expect(await refusal(s3.client.headObject(at('interrupted')))).toMatchObject({ status: 404 });
  });
});

describe('reading an object', () => {
  it.each([
    ['bytes=2-5', 'llo ', 'bytes 2-5/12'],
    ['bytes=-3', 'fer', 'bytes 9-11/12'],
    ['bytes=6-', 'buffer', 'bytes 6-11/12'],
    ['bytes=0-999', 'hello buffer', 'bytes 0-11/12'],
    ['bytes=-999', 'hello buffer', 'bytes 0-11/12'],
  ])('gives the part that the range %s asks for', async (Range, wanted, ContentRange) => {
    await put('ranged', 'hello buffer');

    const part = await s3.client.getObject({ ...at('ranged'), Range });

    expect(await part.Body?.transformToString()).toBe(wanted);
    expect(part).toMatchObject({ ContentRange, ContentLength: wanted.length });
    expect(part.$metadata.httpStatusCode).toBe(206);
  });

  it('refuses a range behind its end, and any range of nothing', async () => {
    await put('short', 'abc');
    await put('nothing', '');

    expect(await refusal(s3.client.getObject({ ...at('short'), Range: 'bytes=3-' }))).toEqual({
      status: 416,
      code: 'InvalidRange',
    });
    expect(
      await refusal(s3.client.getObject({ ...at('nothing'), Range: 'bytes=0-0' })),
    ).toMatchObject({ status: 416 });
    expect(await refusal(s3.client.getObject({ ...at('short'), Range: 'bytes=-0' }))).toMatchObject(
      {
        status: 416,
      },
    );
  });

  it('gives all of it for what is no single range', async () => {
    await put('whole', 'abc');

    for (const Range of ['bytes=2-1', 'bytes=0-0,2-2', 'lines=1-2', 'bytes=-']) {
      const { Body } = await s3.client.getObject({ ...at('whole'), Range });
      expect(await Body?.transformToString()).toBe('abc');
    }
  });

  it('says NoSuchKey for one that is not there, and NotFound to HEAD', async () => {
    expect(await refusal(s3.client.getObject(at('absent')))).toEqual({
      status: 404,
      code: 'NoSuchKey',
    });
    expect(await refusal(s3.client.headObject(at('absent')))).toEqual({
      status: 404,
      code: 'NotFound',
    });
  });

  it('lets the asker name the headers of the answer', async () => {
    await put('renamed', 'x');

    const got = await s3.client.getObject({
      ...at('renamed'),
      ResponseContentType: 'text/csv',
      ResponseContentDisposition: 'attachment',
    });
    await got.Body?.transformToString();

    expect(got).toMatchObject({ ContentType: 'text/csv', ContentDisposition: 'attachment' });
  });

  it('goes on with the old content when it is replaced in the middle', async () => {
    const before = randomBytes(4_000_000);
    await put('replaced', before);
    const { Body } = await s3.client.getObject(at('replaced'));

    await put('replaced', 'new');

    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(before)).toBe(true);
  });
});

afterAll(() => expect(s3.log).toEqual([]));

type PutOptions = Omit<Parameters<TestS3['client']['putObject']>[0], 'Bucket' | 'Key' | 'Body'>;

function at(Key: string): { Bucket: string; Key: string } {
  return { Bucket: s3.bucket, Key };
}

function put(key: string, Body: string | Buffer, options: PutOptions = {}) {
  return s3.client.putObject({ ...at(key), Body, ...options });
}

async function read(key: string): Promise<string | undefined> {
  const { Body } = await s3.client.getObject(at(key));
  return Body?.transformToString();
}
