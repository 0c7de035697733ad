/**
 * Collects rows as bytes. Fields go into the buffer one by one, and numbers without becoming text: joining
 * them to strings first took more than half of all time. The start of a claim's rows is written once and
 * copied for each further line.
 */

import { RIF_DELIMITER } from '@bfd-host/rif';
import type { Cents } from './text.ts';

const CHUNK_BYTES = 256 * 1024;
// The widest record has eight lines of 3 KB.
const RECORD_BYTES = 64 * 1024;
const DELIMITER = RIF_DELIMITER.charCodeAt(0);
const LINE_FEED = 10;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const BILLION = 1e9;
const LONG = 20;

export class RowChunk {
  private readonly buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  private at = 0;
  private startsAt = 0;
  private startLength = 0;

  /** Whether it should be taken before the next record begins. */
  get isFull(): boolean {
    return this.at > CHUNK_BYTES - RECORD_BYTES;
  }

  /** Begins a record: the fields up to `endStart` belong to all of its rows. */
  beginRecord(): void {
    this.startsAt = this.at;
    this.startLength = 0;
  }

  endStart(): void {
    this.startLength = this.at - this.startsAt;
  }

  /** Begins a further row of the record with a copy of its start. */
  repeatStart(): void {
    this.buffer.copyWithin(this.at, this.startsAt, this.startsAt + this.startLength);
    this.at += this.startLength;
  }

  /** Adds a field of ASCII text, or several with delimiters between them. */
  text(text: string): void {
    const { buffer } = this;
    const { length } = text;
    let { at } = this;
    // Short text is written faster here than by leaving the engine.
    if (length > LONG) at += buffer.write(text, at, 'latin1');
    else for (let place = 0; place < length; place++) buffer[at++] = text.charCodeAt(place);
    buffer[at++] = DELIMITER;
    this.at = at;
  }

  /** Adds empty fields. */
  empty(fields: number): void {
    const end = this.at + fields;
    while (this.at < end) this.buffer[this.at++] = DELIMITER;
  }

  /** Adds an amount of money that is not negative, such as `704.20`. */
  money(cents: Cents): void {
    const whole = Math.floor(cents / 100);
    this.number(whole);
    const rest = cents - whole * 100;
    const tens = (rest / 10) | 0;
    const { buffer, at } = this;
    buffer[at] = POINT;
    buffer[at + 1] = ZERO + tens;
    buffer[at + 2] = ZERO + rest - tens * 10;
    buffer[at + 3] = DELIMITER;
    this.at = at + 4;
  }

  /** Adds a whole number. */
  whole(number: number): void {
    if (number < 0) this.buffer[this.at++] = MINUS;
    this.number(Math.abs(number));
    this.buffer[this.at++] = DELIMITER;
  }

  endRow(): void {
    if (this.at > CHUNK_BYTES) throw new RangeError('a record is larger than RECORD_BYTES');
    this.buffer[this.at - 1] = LINE_FEED;
  }

  /**
   * The rows so far, until the next one is written: the buffer is used again. A new one for each chunk would be garbage
   * beyond V8's own heap, for which it looks through all of that every 20 MB.
   */
  take(): Uint8Array {
    const rows = this.buffer.subarray(0, this.at);
    this.at = 0;
    return rows;
  }

  private number(number: number): void {
    if (number < BILLION) {
      let width = 1;
      for (let limit = 10; number >= limit; limit *= 10) width++;
      this.digits(number | 0, width);
      return;
    }
    const front = Math.floor(number / BILLION);
    this.number(front);
    this.digits((number - front * BILLION) | 0, 9);
  }

  private digits(number: number, width: number): void {
    const { buffer } = this;
    let rest = number;
    for (let place = this.at + width - 1; place >= this.at; place--) {
      const tenth = (rest / 10) | 0;
      buffer[place] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.at += width;
  }
}
