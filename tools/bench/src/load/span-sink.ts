// Takes spans as a collector would, and counts their bytes.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export class SpanSink implements AsyncDisposable {
  readonly #server: Server;
  #bytes = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.on('data', (part: Buffer) => {
        this.#bytes += part.length;
      });
      request.once('end', () => response.end());
    });
  }

  static async listen(): Promise<SpanSink> {
    const sink = new SpanSink();
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get endpoint(): string {
    // A server that listens on a port has an address with one.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes that came since the last call. */
  take(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
