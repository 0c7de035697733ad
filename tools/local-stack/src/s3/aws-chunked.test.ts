import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import type { ChunkSigning } from './signature.ts';

// The worked example of AWS: 66560 bytes "a" in chunks of 64 KiB.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const DAY = '20130524';
const SIGNING: ChunkSigning = {
  signingKey: ['us-east-1', 's3', 'aws4_request'].reduce(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    createHmac('sha256', 'AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY').update(DAY).digest(),
  ),
  date: `${DAY}T000000Z`,
  scope: `${DAY}/us-east-1/s3/aws4_request`,
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const SIGNED_CHUNKS: [string, string][] = [
  ['a'.repeat(65_536), 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'],
  ['a'.repeat(1024), '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'],
  ['', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'],
];

describe('a body in chunks', () => {
  it('is the same however it is cut on the way', async () => {
    const framed = '5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n';

    for (const step of [1, 2, 3, 7, 1000]) {
      const { content, trailers } = await decode(pieces(framed, step));
      expect(content).toBe('hello world');
      expect(trailers).toEqual([['x-amz-checksum-crc32', 'DUoRhQ==']]);
    }
  });

  it.each([
    ['ends in the middle of a chunk', '5\r\nhel', 'IncompleteBody'],
    ['ends without a last chunk', '5\r\nhello\r\n', 'IncompleteBody'],
    ['ends within its trailers', '0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n', 'IncompleteBody'],
    ['is longer than its chunk says', '3\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['has a size that is no number', 'five\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['goes on behind its end', '0\r\n\r\n0\r\n\r\n', 'InvalidRequest'],
    ['has a line without an end', 'a'.repeat(10_000), 'InvalidRequest'],
  ])('is refused when it %s', async (_what, framed, code) => {
    await expect(decode([Buffer.from(framed)])).rejects.toMatchObject({ code });
  });
});

describe('a body in signed chunks', () => {
  it('is taken when each signature is right', async () => {
    const { content } = await decode(pieces(framed(SIGNED_CHUNKS), 50_000), SIGNING);

    expect(content).toBe('a'.repeat(66_560));
  });

  it.each<[string, [string, string][]]>([
    ['a changed byte', SIGNED_CHUNKS.map(([data, sign]) => [data.replace('a', 'b'), sign])],
    ['chunks in another order', [1, 0, 2].map((index) => SIGNED_CHUNKS[index] ?? ['', ''])],
    ['an end too early', SIGNED_CHUNKS.slice(0, 1).concat(SIGNED_CHUNKS.slice(2))],
    ['no signature', SIGNED_CHUNKS.map(([data]) => [data, ''])],
  ])('is refused with %s', async (_what, chunks) => {
    await expect(decode(pieces(framed(chunks), 50_000), SIGNING)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });
});

function framed(chunks: readonly [string, string][]): string {
  return chunks
    .map(([data, signature]) => {
      const size = data.length.toString(16);
      return `${size};chunk-signature=${signature}\r\n${data}\r\n`;
    })
    .join('');
}

function pieces(text: string, step: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; from < text.length; from += step) {
    parts.push(Buffer.from(text.slice(from, from + step)));
  }
  return parts;
}

async function decode(parts: Buffer[], signing?: ChunkSigning) {
  const decoder = new AwsChunkedDecoder(signing);
  const content = await buffer(Readable.from(parts).compose(decoder));
  return { content: content.toString(), trailers: [...decoder.trailers] };
}
