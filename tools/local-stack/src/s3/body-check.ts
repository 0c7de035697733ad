/** Measures a body while it passes, and compares the result with what the request claimed. */
import { createHash, type Hash } from 'node:crypto';
import type { Checksums, RunningChecksum } from './checksums.ts';
import { S3Error } from './errors.ts';
import { header, type S3Request } from './request.ts';
import type { Signed } from './signature.ts';

export interface Measured {
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly md5: string;
  /** Hexadecimal; there if it was asked for. */
  readonly sha256: string | undefined;
  readonly checksums: Checksums;
}

export class BodyMeter {
  readonly #sums: ReadonlyMap<string, RunningChecksum>;
  readonly #maxBytes: number;
  readonly #md5 = createHash('md5');
  readonly #sha256: Hash | undefined;
  #sizeBytes = 0;

  constructor(options: {
    readonly sums: ReadonlyMap<string, RunningChecksum>;
    readonly maxBytes: number;
    readonly withSha256: boolean;
  }) {
    this.#sums = options.sums;
    this.#maxBytes = options.maxBytes;
    this.#sha256 = options.withSha256 ? createHash('sha256') : undefined;
  }

  /** A refusal when the body has become too long. */
  update(chunk: Buffer): S3Error | undefined {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#maxBytes) {
      return new S3Error('EntityTooLarge', `This body may have ${this.#maxBytes} bytes at most`);
    }
    this.#md5.update(chunk);
    this.#sha256?.update(chunk);
    for (const sum of this.#sums.values()) sum.update(chunk);
    return undefined;
  }

  finish(): Measured {
    const checksums = [...this.#sums].map(([name, sum]) => [name, sum.finish()] as const);
    return {
      sizeBytes: this.#sizeBytes,
      md5: this.#md5.digest('hex'),
      sha256: this.#sha256?.digest('hex'),
      checksums: Object.fromEntries(checksums),
    };
  }
}

/** @throws {@link S3Error} for the first claim of the request that does not hold */
export function verifyBody(
  request: S3Request,
  signed: Signed,
  measured: Measured,
  trailers: ReadonlyMap<string, string> = new Map(),
): void {
  const isChunked = signed.payload.startsWith('STREAMING-');
  const length = header(request, isChunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (length !== undefined && Number(length) !== measured.sizeBytes) {
    throw new S3Error('IncompleteBody', 'The body has another length than announced');
  }
  if (isSha256(signed.payload) && signed.payload !== measured.sha256) {
    throw new S3Error('XAmzContentSHA256Mismatch', 'The body has another SHA-256 than signed');
  }
  const md5 = header(request, 'content-md5');
  if (md5 !== undefined && md5 !== Buffer.from(measured.md5, 'hex').toString('base64')) {
    throw new S3Error('BadDigest', 'The body has another MD5 than Content-MD5 says');
  }
  for (const [name, value] of Object.entries(measured.checksums)) {
    const claimed = header(request, name) ?? trailers.get(name);
    if (claimed !== undefined && claimed !== value) {
      throw new S3Error('BadDigest', `The body has another checksum than ${name} says`);
    }
  }
}

/** Whether the signature covers the body itself, by its hash. */
export function isSha256(payload: string): boolean {
  return /^[0-9a-f]{64}$/.test(payload);
}
