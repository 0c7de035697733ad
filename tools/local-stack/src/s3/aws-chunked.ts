/**
 * Takes the `aws-chunked` framing off a body: `SIZE[;chunk-signature=…]CRLF data CRLF … 0 CRLF trailers`.
 * Chunk signatures, where the request announced them, are checked one by one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { S3Error } from './errors.ts';
import { type ChunkSigning, hmac, isSignature } from './signature.ts';

const MAX_LINE_BYTES = 8192;
const EMPTY_SHA256 = createHash('sha256').digest('hex');
const CRLF = Buffer.from('\r\n');

type State = 'size' | 'data' | 'data-end' | 'trailers' | 'done';

export class AwsChunkedDecoder extends Transform {
  /** The trailing headers, in lower case; complete when the stream has ended. */
  readonly trailers = new Map<string, string>();

  readonly #signer: ChunkSigner | undefined;
  #state: State = 'size';
  #left = 0;
  #pending: Buffer = Buffer.alloc(0);

  /** @param signing - given when the chunks are signed */
  constructor(signing: ChunkSigning | undefined) {
    super();
    this.#signer = signing === undefined ? undefined : new ChunkSigner(signing);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    try {
      const input = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
      const used = this.#consume(input);
      this.#pending = input.subarray(used);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    const isWhole = this.#state === 'done' && this.#pending.length === 0;
    done(isWhole ? null : new S3Error('IncompleteBody', 'The chunked body ended too early'));
  }

  // Works through what there is; returns how many bytes were used up.
  #consume(input: Buffer): number {
    let at = 0;
    for (;;) {
      if (this.#state === 'data') {
        const data = input.subarray(at, at + this.#left);
        if (data.length === 0) return at;
        this.#signer?.update(data);
        this.push(data);
        at += data.length;
        this.#left -= data.length;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const end = input.indexOf(CRLF, at);
      if (end < 0) {
        if (input.length - at > MAX_LINE_BYTES) throw malformed('a line is too long');
        return at;
      }
      this.#takeLine(input.toString('latin1', at, end));
      at = end + CRLF.length;
    }
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'size':
        this.#beginChunk(line);
        return;
      case 'data-end':
        if (line !== '') throw malformed('a chunk is longer than it says');
        this.#signer?.checkChunk();
        this.#state = 'size';
        return;
      case 'trailers':
        this.#takeTrailer(line);
        return;
      case 'data':
      case 'done':
        throw malformed('there is something behind its end');
    }
  }

  #beginChunk(line: string): void {
    const [size = '', ...extensions] = line.split(';');
    if (!/^[0-9a-f]{1,10}$/i.test(size)) throw malformed('a chunk has no size');
    this.#left = Number.parseInt(size, 16);
    const signature = extensions
      .find((extension) => extension.startsWith('chunk-signature='))
      ?.slice('chunk-signature='.length);
    this.#signer?.begin(signature);
    if (this.#left > 0) {
      this.#state = 'data';
    } else {
      this.#signer?.checkChunk();
      this.#state = 'trailers';
    }
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      this.#signer?.checkTrailers(this.trailers);
      this.#state = 'done';
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('a trailer is not "name:value"');
    this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

/** Each signature covers the one before it, so chunks can neither be changed nor reordered. */
class ChunkSigner {
  readonly #signing: ChunkSigning;
  #previous: string;
  #claimed = '';
  #hash: Hash = createHash('sha256');

  constructor(signing: ChunkSigning) {
    this.#signing = signing;
    this.#previous = signing.seedSignature;
  }

  begin(signature: string | undefined): void {
    this.#claimed = signature ?? '';
    this.#hash = createHash('sha256');
  }

  update(data: Buffer): void {
    this.#hash.update(data);
  }

  checkChunk(): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, this.#hash.digest('hex')]);
  }

  checkTrailers(trailers: ReadonlyMap<string, string>): void {
    const signature = trailers.get('x-amz-trailer-signature');
    if (signature === undefined && trailers.size === 0) return;
    const lines = [...trailers]
      .filter(([name]) => name !== 'x-amz-trailer-signature')
      .map(([name, value]) => `${name}:${value}\n`)
      .sort();
    this.#claimed = signature ?? '';
    this.#check('AWS4-HMAC-SHA256-TRAILER', [
      createHash('sha256').update(lines.join('')).digest('hex'),
    ]);
  }

  #check(algorithm: string, hashes: readonly string[]): void {
    const { date, scope, signingKey } = this.#signing;
    const wanted = hmac(signingKey, [algorithm, date, scope, this.#previous, ...hashes].join('\n'));
    if (!isSignature(this.#claimed, wanted)) {
      throw new S3Error('SignatureDoesNotMatch', 'A chunk of the body has another signature');
    }
    this.#previous = this.#claimed;
  }
}

function malformed(problem: string): S3Error {
  return new S3Error('InvalidRequest', `The chunked body is malformed: ${problem}`);
}
