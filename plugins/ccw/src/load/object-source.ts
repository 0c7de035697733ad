// The bytes of one object, in order, counted and summed on the way. This is the place to go on after a failure
// in the middle of an object: what asks for bytes need not know.

import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { JobError, PermanentError, type S3Client, type SafeText, safe } from '@bfd-host/sdk';
import { s3Error } from '../s3-errors.ts';

/** User metadata that says the MD5 of the object, in Base64. */
const MD5_METADATA = 'md5chksum';

export class ObjectSource {
  /** Bytes the object has. */
  readonly sizeBytes: number;
  /** Identifies what the object holds: another upload has another one. */
  readonly etag: string;
  readonly #file: SafeText;
  readonly #body: Readable;
  readonly #expectedMd5: string | undefined;
  readonly #md5: Hash | undefined;
  #bytesRead = 0;

  private constructor(file: SafeText, body: Readable, facts: ObjectFacts) {
    this.#file = file;
    this.#body = body;
    this.sizeBytes = facts.sizeBytes;
    this.etag = facts.etag;
    this.#expectedMd5 = facts.md5;
    this.#md5 = facts.md5 === undefined ? undefined : createHash('md5');
  }

  /** @throws JobError `BFD_S3_…` */
  static async open(
    s3: S3Client,
    bucket: string,
    key: string,
    signal: AbortSignal,
  ): Promise<ObjectSource> {
    const file = safe.file(key);
    try {
      const got = await s3.getObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
      if (!(got.Body instanceof Readable) || got.ContentLength === undefined) {
        throw new TypeError('S3 answered without a stream or its length');
      }
      return new ObjectSource(file, got.Body, {
        sizeBytes: got.ContentLength,
        etag: got.ETag ?? '',
        md5: got.Metadata?.[MD5_METADATA],
      });
    } catch (error) {
      throw s3Error(error, file);
    }
  }

  /**
   * The object from its first byte to its last.
   *
   * @throws JobError `BFD_S3_READ` when the connection ends early
   */
  async *bytes(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const part of this.#body as AsyncIterable<Buffer>) {
        this.#bytesRead += part.length;
        this.#md5?.update(part);
        yield part;
      }
    } catch (error) {
      throw s3Error(error, this.#file);
    }
    if (this.#bytesRead !== this.sizeBytes) {
      throw new JobError(
        'BFD_S3_TRUNCATED',
        'Only {got} of {size} bytes of {file} arrived. The next run goes on behind what is loaded.',
        { got: this.#bytesRead, size: this.sizeBytes, file: this.#file },
        { places: [{ code: 'BFD_S3_TRUNCATED', file: this.#file }] },
      );
    }
  }

  /**
   * Compares the sum over all bytes with the one in the object's metadata, if there is one. To be called once, at
   * the end.
   *
   * @throws PermanentError `BFD_RIF_MD5`
   */
  verify(): void {
    if (this.#md5?.digest('base64') === this.#expectedMd5?.trim()) return;
    throw new PermanentError(
      'BFD_RIF_MD5',
      '{file} does not have the MD5 that its metadata says, so it was damaged on its way here. Upload it again: the load then replaces what it has stored from this one.',
      { file: this.#file },
      { places: [{ code: 'BFD_RIF_MD5', file: this.#file }] },
    );
  }

  /** Ends the connection, also in the middle. */
  close(): void {
    this.#body.destroy();
  }
}

interface ObjectFacts {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly md5: string | undefined;
}
