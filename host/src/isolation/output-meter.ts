// The raw console output of a job's process: counted, not kept, for it may hold anything. Only its last piece is
// looked through for what Node itself says when it ends.

import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ErrorPlace } from './protocol.ts';

const TAIL_CHARACTERS = 8192;

export interface OutputMeterOptions {
  readonly maxBytes: number;
  readonly onTooMuch: () => void;
  /** A file that may hold anything. */
  readonly debugOutput?: string;
}

export class OutputMeter {
  readonly #options: OutputMeterOptions;
  readonly #streams: readonly Readable[];
  readonly #debug: WriteStream | undefined;
  #bytes = 0;
  #tail = '';

  constructor(streams: readonly Readable[], errors: Readable, options: OutputMeterOptions) {
    this.#options = options;
    this.#streams = streams;
    const { debugOutput } = options;
    this.#debug =
      debugOutput === undefined
        ? undefined
        : createWriteStream(debugOutput, { flags: 'a', mode: 0o600 }).on('error', () => {});
    for (const stream of streams) {
      stream.on('error', () => {});
      stream.on('data', (chunk: Buffer) => this.#take(chunk, stream === errors));
    }
  }

  /** Begins to count anew. */
  reset(): void {
    this.#bytes = 0;
  }

  /** Whether Node said that it ran out of heap. */
  get isHeapExhausted(): boolean {
    return /heap out of memory|Fatal JavaScript invalid size error|Fatal process out of memory/.test(
      this.#tail,
    );
  }

  /** Where Node, when interrupted, said its code was: places in the bundle, innermost first. */
  stackIn(bundleUrl: string, file: string): ErrorPlace[] {
    const start = this.#tail.lastIndexOf('KEYBOARD_INTERRUPT:');
    if (start < 0) return [];
    const frames = this.#tail.slice(start).matchAll(/^ {4}at (?:.* \()?(\S+?):(\d{1,7}):\d+\)?$/gm);
    return [...frames]
      .filter(([, url]) => url === bundleUrl)
      .slice(0, 10)
      .map(([, , line]) => ({ code: '', file, line: Number(line) }));
  }

  /** When all output that is kept has been written. */
  async close(): Promise<void> {
    const debug = this.#debug;
    if (!debug || debug.closed) return;
    debug.end();
    await new Promise((resolve) => debug.once('close', resolve));
  }

  #take(chunk: Buffer, isError: boolean): void {
    const { maxBytes, onTooMuch } = this.#options;
    if (isError) this.#tail = (this.#tail + chunk.toString('latin1')).slice(-TAIL_CHARACTERS);
    this.#bytes += chunk.length;
    if (this.#bytes <= maxBytes) {
      this.#debug?.write(chunk);
      return;
    }
    for (const stream of this.#streams) stream.destroy();
    onTooMuch();
  }
}
