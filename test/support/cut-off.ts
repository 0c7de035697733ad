// A way to a server that a test can cut off: refused as when it is down, or silent as when a cable is pulled.

import { connect, createServer, type Server, type Socket } from 'node:net';

export class CutOff implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Listens on a port of its own and passes everything on to the server of `url`. */
  static async before(url: string): Promise<CutOff> {
    const { hostname, port } = new URL(url);
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const target = new URL(url);
    target.hostname = '127.0.0.1';
    target.port = String(address.port);
    return new CutOff(target.href, server, sockets);
  }

  /** Nobody listens any more, and every connection is broken. */
  down(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections stay, new ones are accepted, and nothing passes. */
  silent(): void {
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket) => this.#sockets.add(socket.on('error', () => {})));
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down();
  }
}
