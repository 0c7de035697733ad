// The fast reader: one pass over the bytes of whole lines that finds the borders of the fields, checks every byte
// against its column's kind, and copies what COPY wants as runs of raw bytes. No field becomes a string.
//
// It takes only what is plain. At the first byte that is not, it gives up and has changed nothing, and the
// same bytes go to the careful reader (careful-reader.ts), which stores the same for them or says what is wrong.
//
// `as number` in this file: every offset lies inside the window, because the last byte is a line feed and every loop
// stops at one; every place lies inside the plan's arrays, which have a place for each column.

import {
  CHECK_CHAR,
  CHECK_DATE,
  CHECK_DECIMAL,
  CHECK_FINAL_ACTION,
  CHECK_INTEGER,
  CHECK_TEXT,
  columnChecks,
  DELIMITER,
  DIGIT,
  EMPTY_IS_ODD,
  EMPTY_IS_ZERO,
  LINE_FEED,
  MINUS,
  PLAIN,
  POINT,
  ZERO,
} from './byte-classes.ts';
import type { Chunk } from './chunk.ts';
import type { ColumnRun, FilePlan } from './file-plan.ts';
import { plainDateEnd } from './plain-date.ts';
import { addPlainMonths, copyBytes, MONTH_ROW_BYTES } from './plain-months.ts';

const ODD = -1;
const HASH_BYTES = 64;
const KEY_BYTES = 24;
const INSERT = Buffer.from('INSERT');
const UPDATE = Buffer.from('UPDATE');
const FINAL = [...Buffer.from('FN')];

/** Where in the file the bytes are that a reader is given. */
export interface FilePlace {
  /** Offset in the file of the window's first byte. */
  readonly windowByte: number;
  /** Line of the file at the first byte to read. */
  readonly line: number;
}

export class Scanner {
  readonly #plan: FilePlan;
  readonly #withHashes: boolean;
  readonly #checks: Uint8Array;
  readonly #empties: Uint8Array;
  readonly #limits: Int32Array;
  readonly #fractions: Int32Array;
  /** Offset of each field of the row just checked, and behind them where a further field would begin. */
  readonly #starts: Int32Array;
  /** Places of its fields that are empty and mean 0, in order. */
  readonly #zeros: Int32Array;
  #zeroCount = 0;

  /** @param options.withHashes - leave room behind each record for its two hashes, to be filled in later */
  constructor(plan: FilePlan, options: { readonly withHashes: boolean }) {
    this.#plan = plan;
    this.#withHashes = options.withHashes;
    const { checks, empties, limits, fractions } = columnChecks(plan.columns);
    this.#checks = checks;
    this.#empties = empties;
    this.#limits = limits;
    this.#fractions = fractions;
    this.#starts = new Int32Array(plan.columns.length + 1);
    this.#zeros = new Int32Array(plan.columns.length);
  }

  /**
   * Adds the records of the lines in `window[from, to)` to the chunk. The last line ends at `to` with a line
   * feed.
   *
   * @returns how many lines there were; -1 if not everything is plain, and then the chunk is as it was
   */
  scan(window: Buffer, from: number, to: number, place: FilePlace, chunk: Chunk): number {
    const plan = this.#plan;
    const starts = this.#starts;
    this.#reserve(chunk, to - from);
    const { records, children } = chunk;
    const mark = chunk.mark();

    let keyStart = -1; // in the window; -1 as long as the open record is one of before
    let keyEnd = -1;
    // The fields before the line's own that were checked last. A claim's lines repeat them byte for byte.
    let sharedStart = from;
    let sharedBytes = 0;
    let lines = 0;
    for (let at = from; at < to; lines++) {
      const repeats =
        sharedBytes > 0 &&
        at + sharedBytes < to &&
        window.compare(window, sharedStart, sharedStart + sharedBytes, at, at + sharedBytes) === 0;
      const next = repeats
        ? this.#checkFields(window, at + sharedBytes, plan.sharedColumns)
        : this.#checkFields(window, at, 0);
      if (next === ODD) return undo(chunk, mark);
      if (!repeats && plan.sharedColumns > 0) {
        sharedStart = at;
        sharedBytes = (starts[plan.sharedColumns] as number) - at;
      }
      const start = starts[plan.keyAt] as number;
      const end = (starts[plan.keyAt + 1] as number) - 1;
      const continues =
        plan.isGrouped &&
        chunk.isOpen &&
        (keyStart < 0
          ? isEqual(chunk.openKey, 0, chunk.openKeyLength, window, start, end)
          : isEqual(window, keyStart, keyEnd, window, start, end));
      if (!continues) {
        const update = this.#isUpdate(window);
        if (update === ODD) return undo(chunk, mark);
        chunk.openRecord(place.windowByte + at, place.line + lines);
        keyStart = start;
        keyEnd = end;
        chunk.updates[chunk.count] = update;
        chunk.keys[chunk.count] = keyNumber(window, start, end);
        this.#addBeneficiary(window, chunk);
        let out = this.#copyRuns(window, plan.recordRuns, records, chunk.recordsEnd);
        if (plan.hashed) out = this.#endWithHashes(window, chunk, out);
        records[out++] = LINE_FEED;
        chunk.recordsEnd = out;
        if (plan.monthly && !addPlainMonths(window, starts, plan.monthly, { start, end }, chunk)) {
          return undo(chunk, mark);
        }
      }
      if (plan.layout.lines) {
        let out = copyBytes(window, start, end, children, chunk.childrenEnd);
        children[out++] = DELIMITER;
        out = this.#copyRuns(window, plan.lineRuns, children, out);
        children[out++] = LINE_FEED;
        chunk.childrenEnd = out;
        chunk.childRows++;
      }
      at = next;
    }
    if (keyStart >= 0) chunk.setOpenKey(window, keyStart, keyEnd);
    if (!plan.isGrouped) chunk.closeRecord(place.windowByte + to);
    return lines;
  }

  #reserve(chunk: Chunk, bytes: number): void {
    const mostRows = Math.ceil(bytes / this.#plan.columns.length) + 1;
    const hashBytes = this.#plan.hashed ? 2 * HASH_BYTES + 4 : 4;
    const childBytes = this.#plan.monthly ? 12 * MONTH_ROW_BYTES : KEY_BYTES;
    // Twice, because each empty number may grow by a digit.
    chunk.reserve(2 * bytes + mostRows * hashBytes, 2 * bytes + mostRows * childBytes, mostRows);
  }

  /**
   * Notes where the fields of a row begin, from field `firstColumn` on, which is at `at`. Returns where the next row
   * begins, or ODD.
   */
  #checkFields(window: Buffer, at: number, firstColumn: number): number {
    const checks = this.#checks;
    const limits = this.#limits;
    const starts = this.#starts;
    const count = checks.length;
    let zeroCount = 0;
    let p = at;
    for (let column = firstColumn; column < count; column++) {
      const start = p;
      starts[column] = start;
      const first = window[p] as number;
      if (first === DELIMITER || first === LINE_FEED) {
        const empty = this.#empties[column];
        if (empty === EMPTY_IS_ODD) return ODD;
        if (empty === EMPTY_IS_ZERO) this.#zeros[zeroCount++] = column;
      } else {
        switch (checks[column]) {
          case CHECK_TEXT:
            while (PLAIN[window[p] as number] === 1) p++;
            if (p - start > (limits[column] as number)) return ODD;
            break;
          case CHECK_CHAR:
            if (PLAIN[first] !== 1) return ODD;
            p++;
            break;
          case CHECK_DATE:
            p = plainDateEnd(window, p);
            if (p < 0) return ODD;
            break;
          case CHECK_INTEGER: {
            if (first === MINUS) p++;
            const digits = p;
            while (DIGIT[window[p] as number] === 1) p++;
            if (p === digits || p - digits > (limits[column] as number)) return ODD;
            break;
          }
          case CHECK_DECIMAL:
            p = this.#decimalEnd(window, p, column);
            if (p < 0) return ODD;
            break;
          case CHECK_FINAL_ACTION:
            if (!FINAL.includes(first)) return ODD;
            p++;
            break;
          default:
            return ODD;
        }
      }
      if (window[p] !== DELIMITER && (column < count - 1 || window[p] !== LINE_FEED)) return ODD;
      p++;
    }
    starts[count] = p;
    this.#zeroCount = zeroCount;
    if (window[p - 1] === LINE_FEED) return p;
    return endOfSurplus(window, p);
  }

  #decimalEnd(window: Buffer, at: number, column: number): number {
    let p = window[at] === MINUS ? at + 1 : at;
    const whole = p;
    while (DIGIT[window[p] as number] === 1) p++;
    if (p === whole || p - whole > (this.#limits[column] as number)) return ODD;
    if (window[p] !== POINT) return p;
    const fraction = ++p;
    while (DIGIT[window[p] as number] === 1) p++;
    return p === fraction || p - fraction > (this.#fractions[column] as number) ? ODD : p;
  }

  /** 1 for UPDATE, 0 for INSERT, else ODD. */
  #isUpdate(window: Buffer): number {
    const start = this.#starts[this.#plan.actionAt] as number;
    const end = (this.#starts[this.#plan.actionAt + 1] as number) - 1;
    if (isEqual(INSERT, 0, INSERT.length, window, start, end)) return 0;
    return isEqual(UPDATE, 0, UPDATE.length, window, start, end) ? 1 : ODD;
  }

  #addBeneficiary(window: Buffer, chunk: Chunk): void {
    const start = this.#starts[this.#plan.beneficiaryAt] as number;
    const end = (this.#starts[this.#plan.beneficiaryAt + 1] as number) - 1;
    chunk.addBeneficiary(window.toString('latin1', start, end));
  }

  /** Copies runs of fields, a 0 put where an empty number stands. Returns the offset behind. */
  #copyRuns(window: Buffer, runs: readonly ColumnRun[], to: Buffer, at: number): number {
    const starts = this.#starts;
    let out = at;
    let zero = 0;
    for (let i = 0; i < runs.length; i++) {
      const { first, last } = runs[i] as ColumnRun;
      if (i > 0) to[out++] = DELIMITER;
      let from = starts[first] as number;
      for (; zero < this.#zeroCount; zero++) {
        const column = this.#zeros[zero] as number;
        if (column > last) break;
        if (column < first) continue;
        const hole = starts[column] as number;
        out = copyBytes(window, from, hole, to, out);
        to[out++] = ZERO;
        from = hole;
      }
      out = copyBytes(window, from, (starts[last + 1] as number) - 1, to, out);
    }
    return out;
  }

  /** Ends a record with two hash columns: empty, or with room for the hashes and a note of where it is. */
  #endWithHashes(window: Buffer, chunk: Chunk, at: number): number {
    const { records } = chunk;
    let out = at;
    records[out++] = DELIMITER;
    if (!this.#withHashes || !this.#plan.hashed) {
      records[out++] = DELIMITER;
      return out;
    }
    const { hicnAt, mbiAt } = this.#plan.hashed;
    const mbi = this.#textOf(window, mbiAt);
    const hicnHashAt = out;
    out += HASH_BYTES;
    records[out++] = DELIMITER;
    const mbiHashAt = mbi === '' ? -1 : out;
    if (mbi !== '') out += HASH_BYTES;
    chunk.identifiers.push({
      beneficiary: this.#textOf(window, this.#plan.beneficiaryAt),
      hicn: this.#textOf(window, hicnAt),
      mbi: mbi === '' ? null : mbi,
      hicnHashAt,
      mbiHashAt,
    });
    return out;
  }

  #textOf(window: Buffer, column: number): string {
    return window.toString(
      'latin1',
      this.#starts[column] as number,
      (this.#starts[column + 1] as number) - 1,
    );
  }
}

function undo(chunk: Chunk, mark: ReturnType<Chunk['mark']>): number {
  chunk.rollback(mark);
  return ODD;
}

/** Fields behind the last column are ignored, but they must be plain too, or the end of the line is not known. */
function endOfSurplus(window: Buffer, at: number): number {
  let p = at;
  while (PLAIN[window[p] as number] === 1 || window[p] === DELIMITER) p++;
  return window[p] === LINE_FEED ? p + 1 : ODD;
}

function isEqual(
  one: Buffer,
  oneStart: number,
  oneEnd: number,
  other: Buffer,
  start: number,
  end: number,
): boolean {
  if (oneEnd - oneStart !== end - start) return false;
  for (let i = start, j = oneStart; i < end; i++, j++) {
    if (one[j] !== other[i]) return false;
  }
  return true;
}

/** The number that an integer's text means, rounded where it has too many digits. Equal integers give equal numbers. */
export function keyNumber(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let value = 0;
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    value = value * 10 + (bytes[at] as number) - ZERO;
  }
  return isNegative ? -value : value;
}
