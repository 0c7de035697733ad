import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('a bucket', () => {
  it('is made once, listed, and found by HEAD', async () => {
    await s3.client.createBucket({ Bucket: 'made-once' });

    expect(await refusal(s3.client.createBucket({ Bucket: 'made-once' }))).toEqual({
      status: 409,
      code: 'BucketAlreadyOwnedByYou',
    });
    const { Buckets } = await s3.client.listBuckets({});
    expect(Buckets?.map(({ Name }) => Name)).toContain('made-once');
    await s3.client.headBucket({ Bucket: 'made-once' });
    expect(await refusal(s3.client.headBucket({ Bucket: 'not-made' }))).toMatchObject({
      status: 404,
    });
  });

  it('is refused under a name that S3 does not allow', async () => {
    const names = ['UPPER', 'a', 'a..b', '-ab', 'x'.repeat(64)];
    for (const Bucket of names) {
      expect(await refusal(s3.client.createBucket({ Bucket }))).toMatchObject({ status: 400 });
    }
  });

  it('is removed only when it is empty', async () => {
    const Bucket = 'to-remove';
    await s3.client.createBucket({ Bucket });
    await s3.client.putObject({ Bucket, Key: 'a/b', Body: 'x' });
    expect(await refusal(s3.client.deleteBucket({ Bucket }))).toEqual({
      status: 409,
      code: 'BucketNotEmpty',
    });

    await s3.client.deleteObject({ Bucket, Key: 'a/b' });
    await s3.client.deleteBucket({ Bucket });

    expect(await refusal(s3.client.listObjectsV2({ Bucket }))).toMatchObject({
      code: 'NoSuchBucket',
    });
  });

  it('that is missing is named as the reason by whatever needs it', async () => {
    expect(await refusal(s3.client.getObject({ Bucket: 'not-made', Key: 'x' }))).toEqual({
      status: 404,
      code: 'NoSuchBucket',
    });
    expect(
      await refusal(s3.client.putObject({ Bucket: 'not-made', Key: 'x', Body: 'x' })),
    ).toMatchObject({
      code: 'NoSuchBucket',
    });
  });
});

describe('what this server does not do', () => {
  it('is refused by name, and never taken for something else', async () => {
    await put('kept', 'x');

    const refusals = await Promise.all(
      [
        s3.client.getObjectAcl(at('kept')),
        s3.client.getObjectAttributes({ ...at('kept'), ObjectAttributes: ['ETag'] }),
        s3.client.getBucketPolicy({ Bucket: s3.bucket }),
        s3.client.putBucketVersioning({
          Bucket: s3.bucket,
          VersioningConfiguration: { Status: 'Enabled' },
        }),
        s3.client.deleteObject({ ...at('kept'), VersionId: 'v1' }),
      ].map(refusal),
    );

    expect(refusals).toEqual(Array(5).fill({ status: 501, code: 'NotImplemented' }));
    expect(await read('kept')).toBe('x');
  });

  it('does not bring it down: garbage on the line is answered or cut', async () => {
    const port = Number(new URL(s3.endpoint).port);
    const lines = [
      'GARBAGE\r\n\r\n',
      'GET http://x/y HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const line of lines) {
      const socket = connect(port, '127.0.0.1');
      socket.write(line);
      socket.setTimeout(5000, () => socket.destroy());
      let answer = '';
      for await (const chunk of socket) {
        answer += chunk;
        socket.end();
      }
      expect(answer).toMatch(/^HTTP\/1.1 40[03] /);
    }
    expect((await s3.client.listBuckets({})).$metadata.httpStatusCode).toBe(200);
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
