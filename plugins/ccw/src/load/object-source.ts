// The bytes of one object, in order, counted and summed on the way. A connection that fails in the middle is replaced by
// another one that goes on from there: what asks for bytes need not know.

import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import {
  JobError,
  type Logger,
  PermanentError,
  type S3Client,
  type SafeText,
  safe,
} from '@bfd-host/sdk';
import { isPassing, s3Error } from '../s3-errors.ts';
import { partsOf } from './object-parts.ts';

/** User metadata that says the MD5 of the object, in Base64. */
const MD5_METADATA = 'md5chksum';
/** Failures in a row, no byte between them, after which the run fails. */
const MOST_FAILURES = 6;
const FIRST_PAUSE_MS = 100;

export interface ObjectToRead {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export class ObjectSource {
  /** Bytes the object has. */
  readonly sizeBytes: number;
  /** Identifies what the object holds: another upload has another one. */
  readonly etag: string;
  readonly #object: ObjectToRead;
  readonly #file: SafeText;
  readonly #expectedMd5: string | undefined;
  readonly #md5: Hash | undefined;
  #body: Readable;
  #bytesRead = 0;
  #failures = 0;

  private constructor(object: ObjectToRead, { body, sizeBytes, etag, md5 }: Answer) {
    this.#object = object;
    this.#file = safe.file(object.key);
    this.#body = body;
    this.sizeBytes = sizeBytes;
    this.etag = etag;
    this.#expectedMd5 = md5;
    this.#md5 = md5 === undefined ? undefined : createHash('md5');
  }

  /** @throws JobError `BFD_S3_…` */
  static async open(object: ObjectToRead): Promise<ObjectSource> {
    try {
      return new ObjectSource(object, await ask(object, {}));
    } catch (error) {
      throw s3Error(error, safe.file(object.key));
    }
  }

  /**
   * The object from its first byte to its last. A buffer holds its bytes until the next one is asked for.
   *
   * @throws JobError `BFD_S3_READ` when the connection ends early time and again, `BFD_S3_REPLACED`
   */
  async *bytes(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      let failure: unknown;
      try {
        for await (const part of partsOf(this.#body)) {
          this.#bytesRead += part.length;
          this.#failures = 0;
          this.#md5?.update(part);
          yield part;
        }
        if (this.#bytesRead === this.sizeBytes) return;
        failure = this.#truncated();
      } catch (error) {
        failure = error;
      }
      await this.#goOn(failure);
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

  /** Bytes `[first, end)` once more, beside what {@link bytes} reads. */
  async stretch(first: number, end: number): Promise<Buffer> {
    const range = { Range: `bytes=${first}-${end - 1}`, IfMatch: this.etag };
    try {
      const { body } = await ask(this.#object, range);
      return await buffer(body);
    } catch (error) {
      throw s3Error(error, this.#file);
    }
  }

  /** Ends the connection, also in the middle. */
  close(): void {
    this.#body.destroy();
  }

  /** Opens the object again where reading stopped; tries so for a while. */
  async #goOn(failure: unknown): Promise<void> {
    const { signal, log } = this.#object;
    this.#body.destroy();
    let error = failure;
    for (;;) {
      signal.throwIfAborted();
      if (!isPassing(error) || this.#failures === MOST_FAILURES) throw s3Error(error, this.#file);
      await delay(FIRST_PAUSE_MS * 2 ** this.#failures++, undefined, { signal });
      try {
        this.#body = await this.#rest();
        log.warn('S3 failed in the middle of a file, which is read on from there', {
          file: this.#file,
          byte: this.#bytesRead,
        });
        return;
      } catch (again) {
        error = again;
      }
    }
  }

  async #rest(): Promise<Readable> {
    const range = { Range: `bytes=${this.#bytesRead}-`, IfMatch: this.etag };
    const { body, sizeBytes } = await ask(this.#object, range);
    if (sizeBytes === this.sizeBytes - this.#bytesRead) return body;
    body.destroy();
    throw new TypeError('S3 did not answer with the range it was asked for');
  }

  #truncated(): JobError {
    const file = this.#file;
    return new JobError(
      'BFD_S3_TRUNCATED',
      'Only {got} of {size} bytes of {file} arrived. The next run goes on behind what is loaded.',
      { got: this.#bytesRead, size: this.sizeBytes, file },
      { places: [{ code: 'BFD_S3_TRUNCATED', file }] },
    );
  }
}

interface Answer {
  readonly body: Readable;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly md5: string | undefined;
}

async function ask(
  { s3, bucket, key, signal }: ObjectToRead,
  part: { readonly Range?: string; readonly IfMatch?: string },
): Promise<Answer> {
  const got = await s3.getObject({ Bucket: bucket, Key: key, ...part }, { abortSignal: signal });
  if (!(got.Body instanceof Readable) || got.ContentLength === undefined) {
    throw new TypeError('S3 answered without a stream or its length');
  }
  // Whoever reads the body is told. When it is given up before, its error would end the process: nobody listens.
  got.Body.on('error', () => undefined);
  return {
    body: got.Body,
    sizeBytes: got.ContentLength,
    etag: got.ETag ?? '',
    md5: got.Metadata?.[MD5_METADATA],
  };
}
