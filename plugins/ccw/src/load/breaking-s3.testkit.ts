// For tests: a way to the real S3 on which connections break after so many bytes of an answer.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { S3 } from '@aws-sdk/client-s3';
import type { FreshBucket } from '@bfd-host/testkit';

export class BreakingS3 implements AsyncDisposable {
  readonly client: S3;
  /** Connections that were made. */
  connections = 0;
  readonly #server: Server;

  private constructor(client: S3, server: Server) {
    this.client = client;
    this.#server = server;
  }

  /**
   * @param bytesOf - how many bytes of answers the nth connection passes on before it breaks, from 0
   */
  static async before(
    { endpoint }: FreshBucket,
    bytesOf: (connection: number) => number,
  ): Promise<BreakingS3> {
    const { hostname, port } = new URL(endpoint.endpoint);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      passOn(near, far, bytesOf(breaking.connections++));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const client = new S3({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: endpoint.region,
      forcePathStyle: true,
      credentials: endpoint,
      maxAttempts: 1,
    });
    const breaking = new BreakingS3(client, server);
    return breaking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.#server.close();
  }
}

function passOn(near: Socket, far: Socket, mostBytes: number): void {
  let left = mostBytes;
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
  near.pipe(far);
  far.on('data', (bytes: Buffer) => {
    near.write(bytes.subarray(0, left));
    left -= bytes.length;
    // What was written still goes out; then the connection is gone in the middle of the answer.
    if (left <= 0) near.destroySoon();
  });
}
