/** Takes in a body in one pass: hashed on the way, and checked at its end against what was signed. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { PassThrough, type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { BodyMeter, isSha256, type Measured, verifyBody } from './body-check.ts';
import { wantedChecksums } from './checksums.ts';
import { S3Error } from './errors.ts';
import { header, type S3Request } from './request.ts';
import type { Signed } from './signature.ts';

export interface StoredBody extends Measured {
  /** The temporary file; whoever gets this moves or removes it. */
  readonly file: string;
}

const MAX_PUT_BYTES = 5 * 1024 ** 3;
const MAX_XML_BYTES = 8 * 1024 ** 2; // a thousand keys to delete, each character escaped
const WRITE_BUFFER_BYTES = 1024 ** 2;

/**
 * Writes the body of this request to `file`. When it is refused, or the client goes away, no file is
 * left behind.
 *
 * @throws {@link S3Error} for a body that is not what its headers say
 */
export async function receiveBody(
  request: S3Request,
  signed: Signed,
  file: string,
): Promise<StoredBody> {
  try {
    return { file, ...(await receive(request, signed, fileSink(file), MAX_PUT_BYTES)) };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** The whole of a small XML body. */
export async function receiveXml(request: S3Request, signed: Signed): Promise<string> {
  const sink = new PassThrough({ highWaterMark: MAX_XML_BYTES });
  await receive(request, signed, sink, MAX_XML_BYTES);
  return sink.read()?.toString('utf8') ?? '';
}

/** Writes a stream of ours to `file`; removes it again when that fails. */
export async function storeStream(source: Readable, file: string): Promise<StoredBody> {
  const meter = new BodyMeter({
    sums: new Map(),
    maxBytes: Number.POSITIVE_INFINITY,
    withSha256: false,
  });
  try {
    await pipeline(source, through(meter), fileSink(file));
    return { file, ...meter.finish() };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function receive(
  request: S3Request,
  signed: Signed,
  sink: Writable,
  maxBytes: number,
): Promise<Measured> {
  const { http, response } = request;
  const meter = new BodyMeter({
    sums: wantedChecksums(request),
    maxBytes,
    withSha256: isSha256(signed.payload),
  });
  const decoder = decoderFor(signed);
  if (header(request, 'expect') !== undefined) response.writeContinue();
  try {
    if (decoder === undefined) await pipeline(http, through(meter), sink);
    else await pipeline(http, decoder, through(meter), sink);
  } catch (error) {
    if (error instanceof S3Error || http.complete) throw error;
    throw new S3Error('IncompleteBody', 'The client went away before the end of the body');
  }
  const measured = meter.finish();
  verifyBody(request, signed, measured, decoder?.trailers);
  return measured;
}

function decoderFor({ payload, chunks }: Signed): AwsChunkedDecoder | undefined {
  switch (payload) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return new AwsChunkedDecoder(undefined);
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return new AwsChunkedDecoder(chunks);
    default:
      if (payload === 'UNSIGNED-PAYLOAD' || isSha256(payload)) return undefined;
      throw new S3Error('NotImplemented', 'This form of x-amz-content-sha256 is not known here');
  }
}

function through(meter: BodyMeter): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const refusal = meter.update(chunk);
      if (refusal === undefined) done(null, chunk);
      else done(refusal);
    },
  });
}

function fileSink(file: string): Writable {
  return createWriteStream(file, { mode: 0o600, highWaterMark: WRITE_BUFFER_BYTES });
}
