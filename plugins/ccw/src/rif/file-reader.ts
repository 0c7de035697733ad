// A file from its first byte to its last: header, then records, cut into chunks. Bytes come in as they arrive;
// stretches that are stored already are passed over.

import type { RifLayout } from '@bfd-host/rif';
import { PermanentError, type SafeText, safe } from '@bfd-host/sdk';
import { LINE_FEED } from './byte-classes.ts';
import { CarefulReader } from './careful-reader.ts';
import type { Chunk } from './chunk.ts';
import { type FilePlan, planFile } from './file-plan.ts';
import type { FileProgress } from './file-progress.ts';
import { RowErrors } from './row-errors.ts';
import { Scanner } from './scanner.ts';
import { Window } from './window.ts';

/** What is scanned at a time: small enough to stay in the cache, and little work to do again with care. */
const PIECE_BYTES = 256 * 1024;
/** No record of RIF comes near it. A quote that is never closed would otherwise be read to the end of the file. */
const MOST_RECORD_BYTES = 16 << 20;
/** A claim of more lines than fit into this is none. */
const MOST_GROUP_BYTES = 64 << 20;
const MOST_HEADER_BYTES = 1 << 20;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** Where chunks come from and go to. */
export interface ChunkSink {
  take(): Chunk;
  /** Puts back a chunk that is not to be loaded. */
  release(chunk: Chunk): void;
  /** Loads a chunk. Settles when there is room for the next one. */
  submit(chunk: Chunk): Promise<void>;
}

/** What becomes of records that are wrong: the file fails, or they are left out and noted, up to a limit. */
export type OnRowError =
  | { readonly kind: 'fail' }
  | {
      readonly kind: 'quarantine';
      /** Most records of the file that may be left out. */
      readonly limit: number;
      /** How many were by runs before. */
      readonly known: number;
    };

export interface FileReaderOptions {
  readonly layout: RifLayout;
  readonly file: SafeText;
  readonly progress: FileProgress;
  readonly withHashes: boolean;
  readonly onRowError: OnRowError;
  /** About how many bytes of the file a chunk has, or of rows: a beneficiary's months are longer than what they come from. */
  readonly chunkBytes: number;
  /** Called once, when the header has been read. */
  readonly begin: (plan: FilePlan) => ChunkSink;
}

interface Body {
  readonly plan: FilePlan;
  readonly sink: ChunkSink;
  readonly scanner: Scanner;
  readonly careful: CarefulReader;
  chunk: Chunk;
}

export class FileReader {
  readonly #options: FileReaderOptions;
  readonly #chunkBytes: number;
  readonly #pieceBytes: number;
  readonly #errors: RowErrors;
  /** Whether a wrong row is the end of the file. */
  readonly #isStrict: boolean;
  #badRecords: number;
  readonly #window = new Window();
  #body: Body | undefined;
  /** Offset in the file of the next byte to come in. */
  #at = 0;
  /** How much has to be in the window before it is worth reading. */
  #wantedBytes: number;
  /** Line of the file at the window's start. */
  #line = 1;
  /** Where the stretch ends that is passed over or read now. */
  #stretchEnd = Number.POSITIVE_INFINITY;
  #isPassing = false;
  #isBroken = false;

  constructor(options: FileReaderOptions) {
    this.#options = options;
    this.#chunkBytes = options.chunkBytes;
    this.#pieceBytes = Math.min(PIECE_BYTES, options.chunkBytes);
    this.#wantedBytes = this.#pieceBytes;
    this.#errors = new RowErrors(options.file);
    const { onRowError } = options;
    this.#isStrict = onRowError.kind === 'fail';
    this.#badRecords = onRowError.kind === 'quarantine' ? onRowError.known : 0;
  }

  /** Whether going on would find nothing worth telling. */
  get isDone(): boolean {
    return this.#isBroken || (this.#isStrict && this.#errors.isFull);
  }

  /** Rows behind the header, so far. */
  get rows(): number {
    return Math.max(0, this.#line - 2);
  }

  /** Whether the file cannot be loaded to its end. */
  get #hasFailed(): boolean {
    return this.#isBroken || (this.#isStrict && !this.#errors.isEmpty);
  }

  /** Takes the next bytes of the file. */
  async push(part: Buffer): Promise<void> {
    let rest = part;
    if (!this.#body) {
      this.#window.append(rest);
      this.#at += rest.length;
      const header = this.#takeHeader(false);
      if (header === undefined) return;
      rest = this.#beginBody(header);
    }
    while (rest.length > 0) {
      const mine = rest.subarray(0, Math.min(this.#pieceBytes, this.#stretchEnd - this.#at));
      rest = rest.subarray(mine.length);
      this.#at += mine.length;
      if (this.#isPassing) this.#line += countLineFeeds(mine);
      else {
        this.#window.append(mine);
        if (this.#window.length >= this.#wantedBytes) await this.#read(false);
      }
      if (this.#at === this.#stretchEnd) await this.#endStretch();
    }
  }

  /**
   * Takes the end of the file.
   *
   * @param beforeLast - called before the last chunk is loaded
   * @throws PermanentError `BFD_RIF_HEADER`, `BFD_RIF_ROWS`, `BFD_RIF_QUARANTINE_FULL`
   */
  async end(beforeLast: () => void): Promise<void> {
    if (!this.#body) {
      const header = this.#takeHeader(true);
      // Nothing at all is a file without records, as in the original.
      if (header === undefined) return beforeLast();
      this.#beginBody(header);
    }
    if (!this.#isPassing) await this.#read(true);
    if (this.#hasFailed) throw this.#errors.error();
    beforeLast();
    await this.#cut();
  }

  #takeHeader(isEnd: boolean): string | undefined {
    const { bytes, start, end } = this.#window;
    const lineFeed = bytes.subarray(start, end).indexOf(LINE_FEED);
    if (lineFeed < 0 && !isEnd) {
      if (end - start > MOST_HEADER_BYTES) throw this.#tooLong('BFD_RIF_HEADER_SIZE');
      return undefined;
    }
    const lineEnd = lineFeed < 0 ? end : start + lineFeed;
    this.#window.consume(lineFeed < 0 ? end : lineEnd + 1);
    const line = bytes.subarray(start, lineEnd);
    const hasMark = line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    const text = line.toString('utf8', hasMark ? BYTE_ORDER_MARK.length : 0).replace(/\r$/, '');
    return text === '' && lineFeed < 0 ? undefined : text;
  }

  /** Returns what has come in behind the header. */
  #beginBody(header: string): Buffer {
    const { layout, file, withHashes, begin } = this.#options;
    const plan = planFile(layout, header, file);
    const sink = begin(plan);
    const rest = Buffer.from(this.#window.bytes.subarray(this.#window.start, this.#window.end));
    this.#at -= rest.length;
    this.#line = 2;
    const chunk = sink.take();
    chunk.restart(1, this.#at, this.#line);
    this.#body = {
      plan,
      sink,
      chunk,
      scanner: new Scanner(plan, { withHashes }),
      careful: new CarefulReader(plan, this.#errors, { withHashes }),
    };
    this.#beginStretch(this.#body);
    return rest;
  }

  /** Goes on at `#at`: passes over what is stored, or reads up to where that begins. */
  #beginStretch({ chunk }: Body): void {
    const { progress } = this.#options;
    const stored = progress.storedAt(this.#at);
    this.#isPassing = stored !== undefined;
    this.#stretchEnd = stored?.endByte ?? progress.nextStored(this.#at);
    this.#window.restart(this.#at);
    chunk.restart(
      stored ? stored.lastRecord + 1 : chunk.firstRecord,
      stored?.endByte ?? this.#at,
      this.#line,
    );
  }

  async #endStretch(): Promise<void> {
    if (!this.#isPassing) {
      // A stored chunk follows, and that begins with a record.
      await this.#read(true);
      await this.#cut();
    }
    this.#beginStretch(this.#mustHaveBody());
  }

  async #read(isEnd: boolean): Promise<void> {
    const window = this.#window;
    while (window.length > 0 && !this.isDone) {
      const before = window.length;
      this.#readPiece(isEnd);
      await this.#cutIfFull();
      if (window.length === before) {
        if (isEnd || before > MOST_RECORD_BYTES) throw this.#tooLong('BFD_RIF_RECORD_SIZE');
        this.#wantedBytes = 2 * before;
        return;
      }
      this.#wantedBytes = this.#pieceBytes;
      if (!isEnd && window.length < this.#pieceBytes) return;
    }
  }

  #readPiece(isEnd: boolean): void {
    const { scanner, careful, chunk } = this.#mustHaveBody();
    const window = this.#window;
    const place = { windowByte: window.fileByte, line: this.#line };
    const { endOfLines } = window;
    const lines = scanner.scan(window.bytes, window.start, endOfLines, place, chunk);
    if (lines > 0) {
      this.#line += lines;
      window.consume(endOfLines);
      return;
    }
    const read = careful.read(window.bytes, window.start, window.end, { ...place, isEnd }, chunk);
    this.#isBroken = read.isBroken;
    this.#line = read.line;
    window.consume(read.end);
  }

  async #cutIfFull(): Promise<void> {
    const { chunk } = this.#mustHaveBody();
    const position = this.#window.fileByte + this.#window.start;
    const bytes = Math.max(position - chunk.firstByte, chunk.recordsEnd + chunk.childrenEnd);
    if (bytes < this.#chunkBytes) return;
    if (chunk.count + chunk.bad.length > 0) await this.#cutAt(position);
    else if (position - chunk.firstByte > MOST_GROUP_BYTES)
      throw this.#tooLong('BFD_RIF_CLAIM_SIZE');
  }

  /** Ends the chunk here, where a record ends. */
  async #cut(): Promise<void> {
    const body = this.#body;
    if (!body) return;
    body.chunk.closeRecord(this.#window.fileByte + this.#window.start);
    await this.#cutAt(this.#window.fileByte + this.#window.start);
  }

  async #cutAt(byte: number): Promise<void> {
    const body = this.#mustHaveBody();
    const full = body.chunk;
    const { sink } = body;
    body.chunk = sink.take();
    full.cutOpenRecord(body.chunk, byte, this.#line);
    this.#badRecords += full.bad.length;
    const { onRowError } = this.#options;
    if (onRowError.kind === 'quarantine' && this.#badRecords > onRowError.limit) {
      throw this.#errors.limitError(onRowError.limit);
    }
    if (full.count + full.bad.length > 0 && !this.#hasFailed) await sink.submit(full);
    else sink.release(full);
  }

  #mustHaveBody(): Body {
    if (!this.#body) throw new TypeError('the header has not been read');
    return this.#body;
  }

  #tooLong(
    problem: 'BFD_RIF_HEADER_SIZE' | 'BFD_RIF_RECORD_SIZE' | 'BFD_RIF_CLAIM_SIZE',
  ): PermanentError {
    const { file } = this.#options;
    const line = this.#line;
    return new PermanentError(
      'BFD_RIF_SIZE',
      '{file} has something without end at line {line} ({problem}): a quote that is not closed, or a file that is no RIF. Correct it and upload it again.',
      { file, line, problem: safe.name(problem) },
      { places: [{ code: problem, file, line }] },
    );
  }
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
