/** The checksums a client may send with a body, and have kept with the object. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './errors.ts';
import { header, type S3Request } from './request.ts';

export interface RunningChecksum {
  update(data: Uint8Array): void;
  /** As S3 writes it: base64 of the big-endian value. */
  finish(): string;
}

/** Header name, in lower case, to a new running sum. */
const ALGORITHMS: ReadonlyMap<string, () => RunningChecksum> = new Map([
  ['x-amz-checksum-crc32', () => running32((data, sum) => crc32(data, sum))],
  ['x-amz-checksum-crc32c', () => running32(crc32c)],
  ['x-amz-checksum-sha1', () => runningHash('sha1')],
  ['x-amz-checksum-sha256', () => runningHash('sha256')],
]);

/** Checksums by header name. */
export type Checksums = Readonly<Record<string, string>>;

/** The running sums this request asks for, in a header or announced as a trailer. */
export function wantedChecksums(request: S3Request): Map<string, RunningChecksum> {
  const announced = (header(request, 'x-amz-trailer') ?? '').toLowerCase().split(/\s*,\s*/);
  const named = [...Object.keys(request.http.headers), ...announced].filter((name) =>
    /^x-amz-checksum-(?!algorithm|type|mode)/.test(name),
  );
  const sums = new Map<string, RunningChecksum>();
  for (const name of named) {
    const start = ALGORITHMS.get(name);
    if (start === undefined) {
      throw new S3Error('NotImplemented', `${name} is not known here; use CRC32 or SHA256`);
    }
    sums.set(name, start());
  }
  return sums;
}

function running32(step: (data: Uint8Array, sum: number) => number): RunningChecksum {
  let sum = 0;
  return {
    update(data) {
      sum = step(data, sum);
    },
    finish() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum >>> 0);
      return bytes.toString('base64');
    },
  };
}

function runningHash(algorithm: string): RunningChecksum {
  const hash = createHash(algorithm);
  return { update: (data) => void hash.update(data), finish: () => hash.digest('base64') };
}

// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78); Node has only the other CRC-32.
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(data: Uint8Array, sum: number): number {
  let crc = ~sum;
  for (const byte of data) crc = (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc;
}
