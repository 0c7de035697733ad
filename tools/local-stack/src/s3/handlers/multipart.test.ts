import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../../test/support/s3.ts';

const MIB = 1024 ** 2;

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('a multipart upload', () => {
  it('takes a stream of unknown length, and keeps its metadata', async () => {
    const block = randomBytes(MIB);
    const hash = createHash('sha256');
    const upload = new Upload({
      client: s3.client,
      params: {
        ...at('big'),
        Metadata: { md5chksum: 'abc==' },
        Body: Readable.from(
          (function* () {
            for (let n = 0; n < 17; n++) {
              hash.update(block);
              yield block;
            }
          })(),
        ),
      },
      partSize: 5 * MIB,
      queueSize: 3,
    });

    const { ETag } = await upload.done();

    const got = await s3.client.getObject(at('big'));
    const content = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
    expect(createHash('sha256').update(content).digest('hex')).toBe(hash.digest('hex'));
    expect(got.Metadata).toEqual({ md5chksum: 'abc==' });
    expect(ETag).toMatch(/^"[0-9a-f]{32}-4"$/);
    expect(await readdir(join(s3.folder, 'uploads'))).toEqual([]);
  });

  it('rejects when its stream breaks, and leaves no object', async () => {
    const breaking = new Readable({ read: () => undefined });
    const upload = new Upload({ client: s3.client, params: { ...at('broken'), Body: breaking } });
    const uploading = upload.done();
    breaking.push(Buffer.alloc(1000));
    breaking.destroy(new Error('source went away'));

    await expect(uploading).rejects.toThrow('source went away');
    expect(await refusal(s3.client.headObject(at('broken')))).toMatchObject({ status: 404 });
  });

  it('lists its parts and itself, and is forgotten when aborted', async () => {
    const upload = await begin('aborted');
    await s3.client.uploadPart({ ...upload, PartNumber: 2, Body: 'two' });
    await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'one' });

    const { Parts } = await s3.client.listParts(upload);
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    const { Uploads } = await s3.client.listMultipartUploads({ Bucket: s3.bucket });
    expect(Uploads?.map(({ Key }) => Key)).toEqual(['aborted']);

    await s3.client.abortMultipartUpload(upload);
    expect(await refusal(s3.client.listParts(upload))).toEqual({
      status: 404,
      code: 'NoSuchUpload',
    });
    expect(await refusal(s3.client.headObject(at('aborted')))).toMatchObject({ status: 404 });
  });

  it('takes the last of a part that was sent twice', async () => {
    const upload = await begin('again');
    await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'first try' });
    const { ETag } = await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'second' });

    await complete(upload, [{ PartNumber: 1, ETag }]);

    const { Body } = await s3.client.getObject(at('again'));
    expect(await Body?.transformToString()).toBe('second');
  });

  it('can be completed again after a refusal, since its parts are kept', async () => {
    const upload = await begin('retried');
    const { ETag } = await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'part' });
    const wrong = complete(upload, [{ PartNumber: 1, ETag: '"0123"' }]);
    expect(await refusal(wrong)).toEqual({ status: 400, code: 'InvalidPart' });

    await complete(upload, [{ PartNumber: 1, ETag }]);

    const { Body } = await s3.client.getObject(at('retried'));
    expect(await Body?.transformToString()).toBe('part');
  });

  it('survives a restart of the server', async () => {
    const upload = await begin('restarted');
    const { ETag } = await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'part' });

    await s3.restart();
    await complete(upload, [{ PartNumber: 1, ETag }]);

    const { Body } = await s3.client.getObject(at('restarted'));
    expect(await Body?.transformToString()).toBe('part');
  });

  it('is refused with parts out of order, too small, or of an upload that is not', async () => {
    const upload = await begin('refused');
    const one = await s3.client.uploadPart({ ...upload, PartNumber: 1, Body: 'one' });
    const two = await s3.client.uploadPart({ ...upload, PartNumber: 2, Body: 'two' });
    const first = { PartNumber: 1, ETag: one.ETag };
    const second = { PartNumber: 2, ETag: two.ETag };

    expect(await refusal(complete(upload, [second, first]))).toMatchObject({
      code: 'InvalidPartOrder',
    });
    expect(await refusal(complete(upload, [first, second]))).toMatchObject({
      code: 'EntityTooSmall',
    });
    expect(
      await refusal(s3.client.uploadPart({ ...upload, PartNumber: 10_001, Body: 'x' })),
    ).toMatchObject({ code: 'InvalidArgument' });
    const elsewhere = { ...upload, Key: 'another' };
    expect(await refusal(s3.client.listParts(elsewhere))).toMatchObject({ code: 'NoSuchUpload' });
    const invented = { ...upload, UploadId: '../../data' };
    expect(await refusal(s3.client.abortMultipartUpload(invented))).toMatchObject({
      code: 'NoSuchUpload',
    });
  });
});

interface Begun {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

interface NamedPart {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
}

function at(Key: string): { Bucket: string; Key: string } {
  return { Bucket: s3.bucket, Key };
}

async function begin(key: string): Promise<Begun> {
  const { UploadId } = await s3.client.createMultipartUpload(at(key));
  return { ...at(key), UploadId };
}

function complete(upload: Begun, parts: NamedPart[]) {
  return s3.client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } });
}
