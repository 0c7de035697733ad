/** An S3 server in this process, on a folder of its own, with a client and one bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3, type S3ClientConfig } from '@aws-sdk/client-s3';
import { startS3Server } from '../../tools/local-stack/src/s3/server.ts';

export interface TestS3 extends AsyncDisposable {
  readonly client: S3;
  readonly bucket: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The server's folder: `data/`, `blobs/` … */
  readonly folder: string;
  /** What the server wrote into its log. */
  readonly log: readonly string[];
  clientWith(config: S3ClientConfig): S3;
  /** Stops the server and starts another one on the same folder and port. */
  restart(): Promise<void>;
}

// The SDK warns of what these tests do on purpose.
const ignore = (): void => undefined;
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

export async function startTestS3(): Promise<TestS3> {
  const folder = await mkdtemp(join(tmpdir(), 'bfd-s3-'));
  const credentials = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' };
  const log: string[] = [];
  const options = {
    folder,
    ...credentials,
    proofKey: 'proof',
    log: (line: string) => log.push(line),
  };
  let server = await startS3Server({ ...options, port: 0 });
  const { port } = server;
  const endpoint = `http://127.0.0.1:${port}`;
  const clientWith = (config: S3ClientConfig): S3 =>
    new S3({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
      maxAttempts: 1,
      logger: SILENT,
      ...config,
    });
  const client = clientWith({});
  const bucket = 'a-bucket';
  await client.createBucket({ Bucket: bucket });
  return {
    client,
    bucket,
    endpoint,
    credentials,
    folder,
    log,
    clientWith,
    async restart() {
      await server.close();
      server = await startS3Server({ ...options, port });
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The status and the S3 code of a refusal; fails when there was none. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ status: number | undefined; code: string }> {
  try {
    await request;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return { status: $metadata?.httpStatusCode, code: name };
  }
  throw new Error('the request was not refused');
}
