/**
 * Collects rows as bytes. Fields go into the buffer one by one: joining them to strings first took more
 * than half of all time. The start of a claim's rows is written once and copied for each further line.
 */

import { RIF_DELIMITER } from '@bfd-host/rif';

const CHUNK_BYTES = 256 * 1024;
// The widest record has eight lines of 3 KB.
const RECORD_BYTES = 64 * 1024;
const DELIMITER = RIF_DELIMITER.charCodeAt(0);
const LINE_FEED = 10;

export class RowChunk {
  private buffer = Buffer.allocUnsafe(CHUNK_BYTES);
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
    this.at += this.buffer.copy(
      this.buffer,
      this.at,
      this.startsAt,
      this.startsAt + this.startLength,
    );
  }

  /** Adds a field of ASCII text. */
  field(text: string): void {
    const { buffer } = this;
    let { at } = this;
    for (let place = 0; place < text.length; place++) buffer[at++] = text.charCodeAt(place);
    buffer[at++] = DELIMITER;
    this.at = at;
  }

  endRow(): void {
    if (this.at > CHUNK_BYTES) throw new RangeError('a record is larger than RECORD_BYTES');
    this.buffer[this.at - 1] = LINE_FEED;
  }

  /** The rows so far. The chunk is empty afterwards and uses another buffer. */
  take(): Uint8Array {
    const rows = this.buffer.subarray(0, this.at);
    this.buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    this.at = 0;
    return rows;
  }
}
