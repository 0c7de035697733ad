// Messages out of the bytes that a job's process sends: not too long, not too many, and each of a known form.

import { LineReader, LineTooLongError } from './line-reader.ts';
import { ForgedTextError } from './message-gate.ts';
import { type ChildMessage, childMessageSchema } from './protocol.ts';

const MOST_PER_SECOND = 3000;

/** Something was said that may not be said then. */
export class ProtocolError extends Error {}

export class MessageReader {
  readonly #lines: LineReader;
  readonly #maxBytes: number;
  #second = 0;
  #inThisSecond = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#lines = new LineReader(maxBytes);
  }

  /** @throws what {@link violationText} has a text for, and what `take` throws */
  take(chunk: Buffer, take: (message: ChildMessage) => void): void {
    this.#lines.take(chunk, (line) => {
      this.#count();
      const parsed = childMessageSchema.safeParse(JSON.parse(line));
      if (!parsed.success) throw new ProtocolError('a message of no known form');
      take(parsed.data);
    });
  }

  /** Begins to count anew. */
  reset(): void {
    this.#inThisSecond = 0;
  }

  /** What was wrong, without anything of what was said. */
  violationText(error: unknown): string {
    if (error instanceof ProtocolError) return error.message;
    if (error instanceof ForgedTextError) return `${error.what} is not from the bundle`;
    if (error instanceof SyntaxError) return 'a line that is no JSON';
    if (error instanceof LineTooLongError) return `a message of more than ${this.#maxBytes} bytes`;
    // Our own failure to understand it must not become the host's end.
    return 'a message the host could not take';
  }

  #count(): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#inThisSecond = 0;
    this.#second = second;
    if (++this.#inThisSecond > MOST_PER_SECOND) {
      throw new ProtocolError(`more than ${MOST_PER_SECOND} messages a second`);
    }
  }
}
