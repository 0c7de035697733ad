import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

const at = (Key: string) => ({ Bucket: s3.bucket, Key });
const FAILED = { status: 412, code: 'PreconditionFailed' };

describe('a conditional write', () => {
  it('that wants no object yet makes the first and refuses the second', async () => {
    await s3.client.putObject({ ...at('once'), Body: 'first', IfNoneMatch: '*' });

    const second = s3.client.putObject({ ...at('once'), Body: 'second', IfNoneMatch: '*' });

    expect(await refusal(second)).toEqual(FAILED);
    const { Body } = await s3.client.getObject(at('once'));
    expect(await Body?.transformToString()).toBe('first');
  });

  it('has exactly one winner when ten try at once', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        s3.client.putObject({ ...at('raced'), Body: `v${index}`, IfNoneMatch: '*' }),
      ),
    );

    expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });

  it('that wants one certain object replaces that and no other', async () => {
    const { ETag } = await s3.client.putObject({ ...at('exact'), Body: '1' });

    const stale = s3.client.putObject({ ...at('exact'), Body: 'x', IfMatch: '"deadbeef"' });
    expect(await refusal(stale)).toEqual(FAILED);

    await s3.client.putObject({ ...at('exact'), Body: '2', IfMatch: ETag });
    const late = s3.client.putObject({ ...at('exact'), Body: '3', IfMatch: ETag });
    expect(await refusal(late)).toEqual(FAILED);
  });

  it('that wants one certain object is refused when there is none', async () => {
    const writing = s3.client.putObject({ ...at('absent'), Body: 'x', IfMatch: '"deadbeef"' });

    expect(await refusal(writing)).toMatchObject({ status: 404 });
  });

  it('also holds for a multipart upload', async () => {
    await s3.client.putObject({ ...at('taken'), Body: 'first' });
    const { UploadId } = await s3.client.createMultipartUpload(at('taken'));
    const part = { ...at('taken'), UploadId, PartNumber: 1 };
    const { ETag } = await s3.client.uploadPart({ ...part, Body: 'second' });

    const completing = s3.client.completeMultipartUpload({
      ...at('taken'),
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      IfNoneMatch: '*',
    });

    expect(await refusal(completing)).toEqual(FAILED);
  });
});

describe('a conditional read', () => {
  it('says 304 to who has the object already', async () => {
    const { ETag } = await s3.client.putObject({ ...at('cached'), Body: 'x' });

    expect(
      await refusal(s3.client.getObject({ ...at('cached'), IfNoneMatch: ETag })),
    ).toMatchObject({
      status: 304,
    });
    expect(
      await refusal(s3.client.headObject({ ...at('cached'), IfNoneMatch: ETag })),
    ).toMatchObject({ status: 304 });
    const other = await s3.client.getObject({ ...at('cached'), IfNoneMatch: '"deadbeef"' });
    expect(await other.Body?.transformToString()).toBe('x');
  });

  it('is refused when the object is not the one expected', async () => {
    await s3.client.putObject({ ...at('expected'), Body: 'x' });

    const reading = s3.client.getObject({ ...at('expected'), IfMatch: '"deadbeef"' });

    expect(await refusal(reading)).toEqual(FAILED);
  });
});
