// One JSON line per event, time first, at most 8 KiB: Splunk's defaults keep such a line whole.

import type { Writable } from 'node:stream';
import { type EventSink, flatten, type HostEvent, isQuiet, type OutputOptions } from './events.ts';

const LINE_BYTES = 8192;
const BACKLOG_BYTES = 4 * 1024 * 1024;
const SCHEMA_VERSION = 1;

type Stream = NodeJS.WritableStream &
  Pick<Writable, 'writableLength' | 'writableCorked' | 'cork' | 'uncork'>;

export class JsonLines implements EventSink {
  readonly #stream: Stream;
  readonly #options: OutputOptions;
  #dropped = 0;

  constructor(stream: Stream, options: OutputOptions = {}) {
    this.#stream = stream;
    this.#options = options;
  }

  emit(event: HostEvent): void {
    if (isQuiet(event, this.#options)) return;
    // A reader that stopped reading must not fill our memory: lines are dropped, and that is told.
    if (this.#stream.writableLength > BACKLOG_BYTES) {
      this.#dropped++;
      return;
    }
    this.#writeTogether(line(event, this.#dropped));
    this.#dropped = 0;
  }

  // Lines of one moment in one write: a short run has a beginning and an end.
  #writeTogether(text: string): void {
    if (!this.#stream.writableCorked) {
      this.#stream.cork();
      process.nextTick(() => this.#stream.uncork());
    }
    this.#stream.write(text);
  }
}

/** @example {"time":"2026-11-22T10:00:00.000Z","schema":1,"event":"run.started","job":"ccw-rif-load",…} */
export function line(event: HostEvent, dropped = 0): string {
  const head = { time: new Date().toISOString(), schema: SCHEMA_VERSION };
  const flat = { ...head, ...flatten(event), ...(dropped > 0 ? { droppedBefore: dropped } : {}) };
  const text = JSON.stringify(flat);
  if (Buffer.byteLength(text) < LINE_BYTES) return `${text}\n`;
  const { places: _places, ...shorter } = flat as Record<string, unknown>;
  const cut = JSON.stringify({ ...shorter, isCut: true });
  return Buffer.byteLength(cut) < LINE_BYTES
    ? `${cut}\n`
    : `${JSON.stringify({ ...head, event: event.event, isCut: true })}\n`;
}
