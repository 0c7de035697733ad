import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('copying an object', () => {
  it('takes content and metadata along', async () => {
    await put('original ü', 'content', {
      Metadata: { md5chksum: 'abc==' },
      ContentType: 'text/csv',
    });

    const copied = await s3.client.copyObject({
      ...at('copy'),
      CopySource: `${s3.bucket}/${encodeURIComponent('original ü')}`,
    });

    expect(copied.CopyObjectResult?.ETag).toBe(
      `"${createHash('md5').update('content').digest('hex')}"`,
    );
    expect(await read('copy')).toBe('content');
    expect(await s3.client.headObject(at('copy'))).toMatchObject({
      Metadata: { md5chksum: 'abc==' },
      ContentType: 'text/csv',
    });
  });

  it('replaces the metadata when told to', async () => {
    await put('original', 'content', { Metadata: { before: '1' } });

    await s3.client.copyObject({
      ...at('changed'),
      CopySource: `/${s3.bucket}/original`,
      MetadataDirective: 'REPLACE',
      Metadata: { after: '2' },
    });

    expect((await s3.client.headObject(at('changed'))).Metadata).toEqual({ after: '2' });
  });

  it('says NoSuchKey when there is nothing to copy', async () => {
    const copying = s3.client.copyObject({ ...at('copy'), CopySource: `${s3.bucket}/absent` });

    expect(await refusal(copying)).toEqual({ status: 404, code: 'NoSuchKey' });
  });
});

describe('removing objects', () => {
  it('is the same for one that is not there', async () => {
    await put('removed', 'x');

    await s3.client.deleteObject(at('removed'));
    await s3.client.deleteObject(at('removed'));

    expect(await refusal(s3.client.headObject(at('removed')))).toMatchObject({ status: 404 });
  });

  it('takes many keys in one request', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `many/${index} <&>"'\t`);
    await Promise.all(keys.map((key) => put(key, 'x')));

    const { Deleted, Errors } = await s3.client.deleteObjects({
      Bucket: s3.bucket,
      Delete: { Objects: [...keys, 'many/absent'].map((Key) => ({ Key })) },
    });

    expect(Deleted?.length).toBe(21);
    expect(Errors ?? []).toEqual([]);
    const left = await s3.client.listObjectsV2({ Bucket: s3.bucket, Prefix: 'many/' });
    expect(left.KeyCount).toBe(0);
  });
});

describe('tags', () => {
  it('are set, read, counted and removed', async () => {
    await put('tagged', 'x', { Tagging: 'first=1&second=a%20b' });
    expect((await s3.client.getObjectTagging(at('tagged'))).TagSet).toEqual([
      { Key: 'first', Value: '1' },
      { Key: 'second', Value: 'a b' },
    ]);

    const TagSet = [{ Key: 'k <', Value: 'v &' }];
    await s3.client.putObjectTagging({ ...at('tagged'), Tagging: { TagSet } });
    expect((await s3.client.getObjectTagging(at('tagged'))).TagSet).toEqual(TagSet);
    const got = await s3.client.getObject(at('tagged'));
    expect(await got.Body?.transformToString()).toBe('x');
    expect(got.TagCount).toBe(1);

    await s3.client.deleteObjectTagging(at('tagged'));
    expect((await s3.client.getObjectTagging(at('tagged'))).TagSet).toEqual([]);
  });

  it('are refused when there are more than S3 takes', async () => {
    const TagSet = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    await put('overtagged', 'x');

    const tagging = s3.client.putObjectTagging({ ...at('overtagged'), Tagging: { TagSet } });

    expect(await refusal(tagging)).toMatchObject({ status: 400, code: 'InvalidTag' });
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
