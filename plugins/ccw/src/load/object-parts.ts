// The parts of an S3 answer, one after the other, each with its memory given back as soon as the next one is wanted.
//
// Node reads a socket into a new buffer of 64 KiB each time, and its HTTP parser copies the body out of it into
// another one. Left to the garbage collector these are twice the object's size, outside of its heap: it marks the
// whole heap about every 8 MB. That took as much CPU as reading and checking the rows.

import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** After so many parts it is known whether the parser copies. */
const LOOKED_AT_PARTS = 8;

/**
 * @param body - of an answer of S3
 * @returns buffers that hold their bytes until the next one is asked for, and nothing then
 */
export async function* partsOf(body: Readable): AsyncGenerator<Buffer, void, undefined> {
  const read = new ReadBuffers(body);
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      read.look(part);
      yield part;
      if (part.byteLength === part.buffer.byteLength) giveBack(part);
    }
  } finally {
    read.release();
  }
}

/** What the socket below a body reads into. Absent below a body that is not Node's own. */
class ReadBuffers {
  readonly #socket: Socket | undefined;
  readonly #seen = new WeakSet<ArrayBufferLike>();
  #looksLeft = LOOKED_AT_PARTS;

  constructor(body: Readable) {
    this.#socket = 'socket' in body && body.socket instanceof Socket ? body.socket : undefined;
    this.#socket?.on('data', this.#onRead);
  }

  /** Looks whether parts are views of the read buffers, which Node may come to one day; then those are left alone. */
  look(part: Buffer): void {
    if (this.#looksLeft === 0) return;
    if (this.#seen.has(part.buffer)) this.release();
    this.#looksLeft--;
  }

  release(): void {
    this.#socket?.off('data', this.#onRead);
  }

  // Comes after the parser's own listener, which has been there for longer.
  readonly #onRead = (bytes: Buffer): void => {
    if (this.#looksLeft === 0) giveBack(bytes);
    else this.#seen.add(bytes.buffer);
  };
}

function giveBack({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
