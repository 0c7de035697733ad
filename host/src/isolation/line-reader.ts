// Lines out of a stream of bytes, none longer than a limit: what comes from a job's process is cut off before it
// is large.

export class LineTooLongError extends Error {}

export class LineReader {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Passes on the lines that `chunk` completes, without their line feed.
   *
   * @throws {@link LineTooLongError}, and what `take` throws
   */
  take(chunk: Buffer, take: (line: string) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      take(this.#line(chunk, start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #line(chunk: Buffer, start: number, end: number): string {
    if (this.#parts.length === 0 && end - start <= this.#maxBytes) {
      return chunk.toString('utf8', start, end);
    }
    this.#keep(chunk.subarray(start, end));
    const line = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) throw new LineTooLongError();
    this.#parts.push(Buffer.from(part)); // whoever reads may use the chunk again
  }
}
