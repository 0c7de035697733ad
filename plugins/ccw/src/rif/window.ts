// A stretch of a file in memory: bytes come in at one end as S3 sends them and leave at the other in whole lines.

const FIRST_BYTES = 1 << 20;

export class Window {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** What is in it is `bytes[start, end)`. */
  #start = 0;
  #end = 0;
  /** Offset in the file of `bytes[0]`. */
  #fileByte = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Offset in the file of `bytes[0]`. */
  get fileByte(): number {
    return this.#fileByte;
  }

  /** Begins anew at an offset of the file. */
  restart(fileByte: number): void {
    this.#start = 0;
    this.#end = 0;
    this.#fileByte = fileByte;
  }

  append(part: Uint8Array): void {
    if (this.#end + part.length + 1 > this.#bytes.length) this.#makeRoom(part.length + 1);
    this.#bytes.set(part, this.#end);
    this.#end += part.length;
  }

  /** Gives up what is before `to`. */
  consume(to: number): void {
    this.#start = to;
  }

  /** Offset behind the last line feed; the start if there is none. */
  get endOfLines(): number {
    const last = this.#bytes.lastIndexOf(0x0a, this.#end - 1);
    return last < this.#start ? this.#start : last + 1;
  }

  #makeRoom(more: number): void {
    const { length } = this;
    const from = this.#bytes;
    if (length + more > from.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(length + more, from.length * 2));
    }
    from.copy(this.#bytes, 0, this.#start, this.#end);
    this.#fileByte += this.#start;
    this.#start = 0;
    this.#end = length;
  }
}
