import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

describe('listing a bucket', () => {
  it('goes by the bytes of the keys, whatever folders and blobs they lie in', async () => {
    const keys = ['a', 'a!', 'a-b', 'a/b', 'a//c', 'aB', 'b', 'b/../c', '\uffee', '😀', 'Z'];
    await fill('ordered', keys);

    const byBytes = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await keysOf({ Bucket: 'ordered' })).toEqual(byBytes);
  });

  it('gives size, time and ETag of each', async () => {
    await fill('described', ['one']);

    const { Contents } = await s3.client.listObjectsV2({ Bucket: 'described' });

    expect(Contents).toEqual([
      {
        Key: 'one',
        Size: 3,
        ETag: '"f97c5d29941bfb1b2fdab0874906ab82"',
        LastModified: expect.any(Date),
        StorageClass: 'STANDARD',
      },
    ]);
  });

  it('turns pages over thousands of keys without losing or repeating one', async () => {
    const folder = join(s3.folder, 'data/large');
    const wanted: string[] = [];
    for (let group = 0; group < 10; group++) {
      await mkdir(join(folder, String(group)), { recursive: true });
      for (let n = 0; n < 250; n++) {
        wanted.push(`${group}/k${String(n).padStart(5, '0')}`);
        await writeFile(join(folder, wanted.at(-1) ?? ''), 'x');
      }
    }
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    let pages = 0;
    do {
      const page = await s3.client.listObjectsV2({ Bucket: 'large', ContinuationToken });
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
      pages++;
    } while (ContinuationToken !== undefined);

    expect(seen).toEqual(wanted);
    expect(pages).toBe(3);
  });

  it('shows what lies below a delimiter as one common prefix, also across pages', async () => {
    await fill('grouped', ['a', 'b/1', 'b/2', 'b//3', 'c/x/1', 'c/x/2', 'd', 'e/../1']);

    const first = await s3.client.listObjectsV2({ Bucket: 'grouped', Delimiter: '/', MaxKeys: 2 });
    expect(shown(first)).toEqual({ keys: ['a'], prefixes: ['b/'] });
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 2 });

    const second = await s3.client.listObjectsV2({
      Bucket: 'grouped',
      Delimiter: '/',
      ContinuationToken: first.NextContinuationToken,
    });
    expect(shown(second)).toEqual({ keys: ['d'], prefixes: ['c/', 'e/'] });
    expect(second.IsTruncated).toBe(false);

    const below = await s3.client.listObjectsV2({
      Bucket: 'grouped',
      Prefix: 'c/',
      Delimiter: '/',
    });
    expect(shown(below)).toEqual({ keys: [], prefixes: ['c/x/'] });
  });

  it('takes any text as delimiter', async () => {
    await fill('dashed', ['a-b-1', 'a-b-2', 'a-c', 'b']);

    const page = await s3.client.listObjectsV2({ Bucket: 'dashed', Delimiter: '-b' });

    expect(shown(page)).toEqual({ keys: ['a-c', 'b'], prefixes: ['a-b'] });
  });

  it('begins behind a key, which need not exist', async () => {
    await fill('started', ['a/1', 'a/3', 'b']);

    expect(await keysOf({ Bucket: 'started', StartAfter: 'a/1' })).toEqual(['a/3', 'b']);
    expect(await keysOf({ Bucket: 'started', StartAfter: 'a/2' })).toEqual(['a/3', 'b']);
    expect(await keysOf({ Bucket: 'started', StartAfter: 'a/9', Prefix: 'a/' })).toEqual([]);
  });

  it('keeps to a prefix that ends in the middle of a name', async () => {
    await fill('prefixed', ['2024/01/a', '2024/02/a', '2025/01/a']);

    expect(await keysOf({ Bucket: 'prefixed', Prefix: '2024/0' })).toEqual([
      '2024/01/a',
      '2024/02/a',
    ]);
    expect(await keysOf({ Bucket: 'prefixed', Prefix: '202' })).toHaveLength(3);
    expect(await keysOf({ Bucket: 'prefixed', Prefix: '../' })).toEqual([]);
  });

  it('can be of nothing, and refuses a number that is none', async () => {
    await fill('counted', ['a']);

    const none = await s3.client.listObjectsV2({ Bucket: 'counted', MaxKeys: 0 });
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
    expect(await refusal(s3.client.listObjectsV2({ Bucket: 'counted', MaxKeys: -1 }))).toEqual({
      status: 400,
      code: 'InvalidArgument',
    });
  });

  it('encodes keys when asked to', async () => {
    await fill('encoded', ['a b/ü&']);

    const page = await s3.client.listObjectsV2({ Bucket: 'encoded', EncodingType: 'url' });

    expect(page.Contents?.[0]?.Key).toBe('a%20b/%C3%BC%26');
  });

  it('also works in its first version', async () => {
    await fill('older', ['a', 'b/1', 'b/2', 'c']);

    const first = await s3.client.listObjects({ Bucket: 'older', Delimiter: '/', MaxKeys: 2 });
    expect(shown(first)).toEqual({ keys: ['a'], prefixes: ['b/'] });
    const second = await s3.client.listObjects({
      Bucket: 'older',
      Delimiter: '/',
      Marker: first.NextMarker,
    });
    expect(shown(second)).toEqual({ keys: ['c'], prefixes: [] });
  });
});

async function fill(Bucket: string, keys: readonly string[]): Promise<void> {
  await s3.client.createBucket({ Bucket });
  for (const Key of keys) await s3.client.putObject({ Bucket, Key, Body: 'one' });
}

async function keysOf(
  request: Parameters<TestS3['client']['listObjectsV2']>[0],
): Promise<(string | undefined)[]> {
  const { Contents } = await s3.client.listObjectsV2(request);
  return (Contents ?? []).map(({ Key }) => Key);
}

interface Listing {
  readonly Contents?: readonly { readonly Key?: string | undefined }[] | undefined;
  readonly CommonPrefixes?: readonly { readonly Prefix?: string | undefined }[] | undefined;
}

function shown({ Contents = [], CommonPrefixes = [] }: Listing) {
  return {
    keys: Contents.map(({ Key }) => Key),
    prefixes: CommonPrefixes.map(({ Prefix }) => Prefix),
  };
}
