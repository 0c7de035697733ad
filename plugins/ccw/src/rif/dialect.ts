// RIF's dialect, and how csv-parse is made to read it.
//
// The original reads RIF with commons-csv's Excel dialect, `|` as delimiter and `\` as escape character, after having
// replaced each `\|` by `|`. Three things of it csv-parse does not have: escapes outside of quotes, quotes that
// are plain characters in the middle of a field, blanks between a closing quote and the delimiter. They are
// written here as csv-parse takes them, and everything else (fields, quotes, records) is left to it.
//
// Source: commons-csv's Lexer; RifParsingUtils of CMSgov/beneficiary-fhir-data.

import { CsvError, parse } from 'csv-parse/sync';
import { BACKSLASH, CARRIAGE_RETURN, DELIMITER, LINE_FEED, QUOTE } from './byte-classes.ts';

// Stand-ins for characters that must not mean anything any more. No UTF-8 text contains these bytes.
const STAND_INS = new Map([
  [DELIMITER, 0xf8],
  [BACKSLASH, 0xf9],
  [QUOTE, 0xfa],
  [CARRIAGE_RETURN, 0xfb],
  [LINE_FEED, 0xfc],
]);
const MEANINGS = new Map([...STAND_INS].map(([byte, standIn]) => [standIn, byte]));
const FIRST_STAND_IN = 0xf8;
/** In place of stand-ins that were in the file: no UTF-8 either, so the field is found to be wrong. */
const NO_UTF8 = 0xf7;

/** What a backslash and the letter mean. */
const ESCAPED_LETTERS = new Map(
  [
    ['r', 0x0d],
    ['n', 0x0a],
    ['t', 0x09],
    ['b', 0x08],
    ['f', 0x0c],
  ].map(([letter, byte]) => [String(letter).charCodeAt(0), Number(byte)]),
);
/** What stays itself behind a backslash. */
const ESCAPED_AS_IS = new Set([
  0x09,
  0x08,
  0x0c,
  CARRIAGE_RETURN,
  LINE_FEED,
  DELIMITER,
  BACKSLASH,
  QUOTE,
]);
const BLANKS = new Set([0x20, 0x09, 0x0b, 0x0c]);

export interface DialectRecord {
  /** Bytes of each field, one per character. */
  readonly fields: readonly string[];
  /** Offset of its first byte in what was read. */
  readonly start: number;
  /** Lines above it in what was read. */
  readonly line: number;
}

export interface DialectText {
  readonly records: readonly DialectRecord[];
  /** Offset behind the last complete record. */
  readonly end: number;
  /** Lines above `end`. */
  readonly lines: number;
  /** Lines above the record that breaks the dialect, such as by garbage behind a closing quote. */
  readonly brokenLine?: number;
}

/**
 * Reads all complete records. Empty lines hold none.
 *
 * @param isEnd - whether nothing follows, so that the last record is complete without a line end
 * @example
 * readDialect(Buffer.from('a|"b ""c"""|d\\|\n'), true).records; // [{ fields: ['a', 'b "c"', 'd', ''], … }]
 */
export function readDialect(bytes: Uint8Array, isEnd: boolean): DialectText {
  const plain = new PlainCsv(bytes, isEnd);
  plain.rewrite();
  const { starts, lines } = plain;
  const facts = { end: plain.end, lines: plain.endLine };
  try {
    const rows = parse(plain.csv(), {
      delimiter: '|',
      quote: '"',
      escape: '"',
      encoding: 'latin1',
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return { ...facts, records: rows.map(toRecord) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { records: recordsBefore } = error;
    return { ...facts, records: [], brokenLine: lines[Number(recordsBefore)] ?? 0 };
  }

  function toRecord(fields: readonly string[], index: number): DialectRecord {
    return {
      fields: fields.map(withMeanings),
      start: starts[index] ?? 0,
      line: lines[index] ?? 0,
    };
  }
}

function withMeanings(field: string): string {
  return field.replace(/[\xf8-\xfc]/g, (standIn) =>
    String.fromCharCode(MEANINGS.get(standIn.charCodeAt(0)) ?? 0),
  );
}

/** Rewrites bytes of RIF's dialect as plain CSV, and notes where its records are. */
class PlainCsv {
  /** Offsets of the records' first bytes in the input, and the lines above them. */
  readonly starts: number[] = [];
  readonly lines: number[] = [];
  end = 0;
  endLine = 0;
  readonly #in: Uint8Array;
  readonly #isEnd: boolean;
  readonly #out: Buffer;
  #outEnd = 0;
  /** `#outEnd` at the end of the last complete record. */
  #complete = 0;
  #line = 0;

  constructor(bytes: Uint8Array, isEnd: boolean) {
    this.#in = bytes;
    this.#isEnd = isEnd;
    this.#out = Buffer.allocUnsafe(bytes.length);
  }

  csv(): Buffer {
    return this.#out.subarray(0, this.#complete);
  }

  rewrite(): void {
    let at = 0;
    while (at < this.#in.length) {
      const start = at;
      const line = this.#line;
      const next = this.#record(at);
      if (next === undefined) return; // incomplete: for the next time
      if (!this.#isLineEnd(start)) {
        this.starts.push(start);
        this.lines.push(line);
      }
      this.#complete = this.#outEnd;
      this.end = next;
      this.endLine = this.#line;
      at = next;
    }
  }

  /** Rewrites one record with its line end. Returns where the next begins; nothing if its end is not there. */
  #record(start: number): number | undefined {
    let at = start;
    for (;;) {
      const end = this.#byte(at) === QUOTE ? this.#quoted(at) : this.#unquoted(at);
      if (end === undefined) return undefined;
      const byte = this.#byte(end);
      if (byte === undefined) return this.#isEnd ? end : undefined;
      this.#put(byte);
      at = end + 1;
      if (byte === DELIMITER) continue;
      if (byte === CARRIAGE_RETURN) {
        const following = this.#byte(at);
        if (following === undefined && !this.#isEnd) return undefined; // a line feed may follow
        if (following === LINE_FEED) {
          this.#put(LINE_FEED);
          at++;
        }
      }
      this.#line++;
      return at;
    }
  }

  /** Rewrites a field without quotes; a quote in it is a character like others. Returns where it ends. */
  #unquoted(start: number): number {
    let at = start;
    for (;;) {
      const byte = this.#byte(at);
      if (byte === undefined || byte === DELIMITER || this.#isLineEnd(at)) return at;
      if (byte === BACKSLASH) {
        const next = this.#escape(at);
        if (next === undefined) return at + 1; // the delimiter behind it keeps its meaning
        at = next;
        continue;
      }
      this.#put(byte === QUOTE ? standIn(QUOTE) : asFound(byte));
      at++;
    }
  }

  /** Rewrites a field in quotes. Returns where it ends: at the delimiter or line end, or where csv-parse will object. */
  #quoted(start: number): number | undefined {
    this.#put(QUOTE);
    let at = start + 1;
    for (;;) {
      const byte = this.#byte(at);
      if (byte === undefined) return this.#isEnd ? at : undefined;
      if (byte === BACKSLASH) {
        const next = this.#escape(at);
        if (next === undefined) {
          this.#put(DELIMITER);
          at += 2;
        } else at = next;
        continue;
      }
      if (byte === QUOTE && this.#byte(at + 1) === QUOTE) {
        this.#put(QUOTE);
        this.#put(QUOTE);
        at += 2;
        continue;
      }
      if (byte === QUOTE) {
        this.#put(QUOTE);
        return this.#behindQuotes(at + 1);
      }
      if (byte === LINE_FEED) this.#line++;
      this.#put(asFound(byte));
      at++;
    }
  }

  #behindQuotes(start: number): number {
    let at = start;
    while (BLANKS.has(this.#byte(at) ?? 0)) at++;
    // Anything else than an end is an error; csv-parse finds it, so it goes through as it is.
    while (this.#byte(at) !== undefined && this.#byte(at) !== DELIMITER && !this.#isLineEnd(at)) {
      this.#put(asFound(this.#byte(at) ?? 0));
      at++;
    }
    return at;
  }

  /** Rewrites what begins with the backslash at `at`. Nothing if it only takes away the backslash before a delimiter. */
  #escape(at: number): number | undefined {
    const next = this.#byte(at + 1);
    if (next === DELIMITER) return undefined;
    // `\\|` first becomes `\|`, and then that is an escaped delimiter.
    const isPairBeforeDelimiter = next === BACKSLASH && this.#byte(at + 2) === DELIMITER;
    if (isPairBeforeDelimiter) {
      this.#put(standIn(DELIMITER));
      return at + 3;
    }
    const letter = next === undefined ? undefined : ESCAPED_LETTERS.get(next);
    if (next === undefined || (letter === undefined && !ESCAPED_AS_IS.has(next))) {
      this.#put(standIn(BACKSLASH));
      return at + 1;
    }
    if (next === LINE_FEED) this.#line++;
    this.#put(standIn(letter ?? next));
    return at + 2;
  }

  #byte(at: number): number | undefined {
    return this.#in[at];
  }

  #isLineEnd(at: number): boolean {
    const byte = this.#in[at];
    return byte === LINE_FEED || byte === CARRIAGE_RETURN;
  }

  #put(byte: number): void {
    this.#out[this.#outEnd++] = byte;
  }
}

function standIn(byte: number): number {
  return STAND_INS.get(byte) ?? byte;
}

function asFound(byte: number): number {
  return byte >= FIRST_STAND_IN ? NO_UTF8 : byte;
}
