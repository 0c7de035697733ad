// A way to a server that a test can cut off: refused as when it is down, silent as when a cable is pulled, slow, or answered
// by somebody who is too busy.

import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface CutOffOptions {
  /** Where to listen; loopback if absent. */
  readonly address?: string;
}

export class CutOff implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  #meet: (near: Socket) => void = (near) => this.#passOn(near);

  private constructor(url: URL, server: Server, target: URL) {
    this.url = url.href;
    this.#server = server;
    this.#target = target;
    server.on('connection', (near) => {
      this.#keep(near);
      this.#meet(near);
    });
  }

  /** Listens on a port of its own and passes everything on to the server of `url`. */
  static async before(url: string, { address = '127.0.0.1' }: CutOffOptions = {}): Promise<CutOff> {
    const server = createServer();
    await listen(server, 0, address);
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    const here = new URL(url);
    here.hostname = address;
    here.port = String(bound.port);
    return new CutOff(here, server, new URL(url));
  }

  /** Nobody listens any more, and every connection is broken. */
  down(): void {
    this.#server.close();
    this.#breakAll();
  }

  /** Connections stay, new ones are accepted, and nothing passes. */
  silent(): void {
    this.#meet = () => {};
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Everything takes so much longer, also the way of connections that are there. */
  slow(milliseconds: number): void {
    this.#meet = (near) => this.#passOn(near, milliseconds);
    this.#breakAll(); // to be made again, slow
  }

  /** Every HTTP request is told to come back later, as S3 does. */
  busy(): void {
    const answering = createHttpServer((request, answer) => {
      request.resume();
      answer.writeHead(503, { 'content-type': 'application/xml' }).end(SLOW_DOWN);
    });
    this.#meet = (near) => answering.emit('connection', near);
    this.#breakAll();
  }

  /** New connections pass again. What went silent stays so: nobody ever hears of it again. */
  async mended(): Promise<void> {
    this.#meet = (near) => this.#passOn(near);
    const { port, hostname } = new URL(this.url);
    if (!this.#server.listening) await listen(this.#server, Number(port), hostname);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down();
  }

  #passOn(near: Socket, delayMs = 0): void {
    const { hostname, port } = this.#target;
    const far = this.#keep(connect(Number(port), hostname));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('close', () => other.destroy());
      if (delayMs > 0) one.pipe(delay(delayMs)).pipe(other);
      else one.pipe(other);
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

const SLOW_DOWN = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`;

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function delay(milliseconds: number): Transform {
  return new Transform({
    transform: (chunk, _encoding, done) => {
      setTimeout(() => done(null, chunk), milliseconds);
    },
  });
}
