import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
  await s3.client.putObject({ Bucket: s3.bucket, Key: 'secret.txt', Body: 'secret' });
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('a request without a valid signature', () => {
  it.each([
    ['GET', '/a-bucket/secret.txt'],
    ['GET', '/a-bucket?list-type=2'],
    ['GET', '/'],
    ['PUT', '/a-bucket/unsigned'],
    ['DELETE', '/a-bucket/secret.txt'],
  ])('is refused: %s %s', async (method, path) => {
    const answer = await fetch(`${s3.endpoint}${path}`, {
      method,
      ...(method === 'PUT' ? { body: 'x' } : {}),
    });

    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('is refused with a wrong secret, and with an unknown key', async () => {
    const wrong = s3.clientWith({ credentials: { ...s3.credentials, secretAccessKey: 'wrong' } });
    const unknown = s3.clientWith({ credentials: { ...s3.credentials, accessKeyId: 'NOBODY' } });

    expect(await refusal(wrong.listBuckets({}))).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(await refusal(unknown.listBuckets({}))).toEqual({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
  });

  it('is refused when the clocks are too far apart', async () => {
    const skewed = s3.clientWith({ systemClockOffset: 20 * 60_000 });

    expect(await refusal(skewed.listBuckets({}))).toMatchObject({ code: 'RequestTimeTooSkewed' });
  });

  it('is refused when a header was added on the way that changes its meaning', async () => {
    const client = s3.clientWith({});
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-meta-added'] = 'later';
        return next(args);
      },
      { step: 'deserialize', priority: 'low' }, // behind the signing
    );
    const writing = client.putObject({ Bucket: s3.bucket, Key: 'added', Body: 'x' });

    expect(await refusal(writing)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });
});

describe('a presigned address', () => {
  it('reads and writes one object', async () => {
    const put = await signed(new PutObjectCommand({ Bucket: s3.bucket, Key: 'pre ü/signed' }));
    expect((await fetch(put, { method: 'PUT', body: 'content' })).status).toBe(200);

    const get = await signed(new GetObjectCommand({ Bucket: s3.bucket, Key: 'pre ü/signed' }));
    expect(await (await fetch(get)).text()).toBe('content');
  });

  it('is refused for another object, and for another method', async () => {
    const address = await signed(new GetObjectCommand({ Bucket: s3.bucket, Key: 'secret.txt' }));

    expect((await fetch(address.replace('secret.txt', 'other.txt'))).status).toBe(403);
    expect((await fetch(address, { method: 'DELETE' })).status).toBe(403);
  });

  it('is refused after its time, before it, and when made to last longer', async () => {
    const command = new GetObjectCommand({ Bucket: s3.bucket, Key: 'secret.txt' });
    const expired = await signed(command, { signingDate: new Date(Date.now() - 120_000) });
    const early = await signed(command, { signingDate: new Date(Date.now() + 3_600_000) });

    expect((await fetch(expired)).status).toBe(403);
    expect((await fetch(early)).status).toBe(403);
    expect((await fetch(expired.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(
      403,
    );
  });
});

function signed(
  command: GetObjectCommand | PutObjectCommand,
  options: { signingDate?: Date } = {},
): Promise<string> {
  return getSignedUrl(s3.client, command, { expiresIn: 60, ...options });
}
