// The S3 client a job gets: the SDK's own class, whose calls end when the run is told to stop.

import type { Readable } from 'node:stream';
import { S3 } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BundleText } from '../bundle-text.ts';
import type { S3Settings } from '../protocol.ts';
import { safeCodes } from '../safe-codes.ts';
import { isShownBucket } from '../span-rules.ts';
import { askForCredentials } from './handed-credentials.ts';
import { dataProperty } from './private.ts';
import type { RunScope } from './run-scope.ts';
import { RuntimeError } from './runtime-error.ts';
import { noteCall, type S3Call } from './s3-calls.ts';
import type { Spans } from './spans.ts';

const CONNECT_MS = 5000;
// A reader may pause for long, such as a COPY that waits for a lock; a server that is gone is found out in the end.
const IDLE_SOCKET_MS = 300_000;

export interface UploadRequest {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: Readable;
  readonly ContentType?: string;
  readonly Metadata?: Record<string, string>;
}

export class JobS3 {
  readonly client: S3;
  readonly #bundle: BundleText;
  #scope: RunScope | undefined;
  readonly #bodies = new Set<Readable>();

  constructor(settings: S3Settings, bundle: BundleText, spans: Spans) {
    this.#bundle = bundle;
    const sendAsRun = (send: Send, command: unknown, rest: readonly unknown[]) =>
      this.#send(send, spans, command, rest);
    class JobClient extends S3 {
      // Every call of the client comes through here, also those of lib-storage. It has three overloads, of
      // which this passes on whichever was called.
      override send = ((command: unknown, ...rest: unknown[]) =>
        sendAsRun(super.send.bind(this) as Send, command, rest)) as S3['send'];
    }
    const { endpoint, region, accessKeyId, secretAccessKey, sessionToken, forcePathStyle } =
      settings;
    this.client = new JobClient({
      region,
      forcePathStyle,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_SOCKET_MS },
      credentials:
        accessKeyId === undefined || secretAccessKey === undefined
          ? askForCredentials
          : {
              accessKeyId,
              secretAccessKey,
              ...(sessionToken === undefined ? {} : { sessionToken }),
            },
      // Other stores than Amazon's often refuse the checksums that today's SDK adds by itself.
      ...(endpoint === undefined
        ? {}
        : {
            endpoint,
            requestChecksumCalculation: 'WHEN_REQUIRED',
            responseChecksumValidation: 'WHEN_REQUIRED',
          }),
    });
  }

  open(scope: RunScope): void {
    this.#scope = scope;
    scope.signal.addEventListener('abort', () => this.#endBodies(scope.signal.reason), {
      once: true,
    });
  }

  /** Closes its sockets and what is still being read. */
  close(): void {
    this.#endBodies(new Error('the run is over'));
    this.client.destroy();
    this.#scope = undefined;
  }

  async upload(request: UploadRequest, signal: AbortSignal): Promise<void> {
    const upload = new Upload({ client: this.client, params: request });
    const stop = () => upload.abort().catch(() => {});
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      await upload.done();
    } finally {
      signal.removeEventListener('abort', stop);
      request.Body.destroy();
    }
  }

  async #send(
    send: Send,
    spans: Spans,
    command: unknown,
    rest: readonly unknown[],
  ): Promise<unknown> {
    const scope = this.#scope;
    if (!scope) throw new Error('S3 was called outside of a run');
    if (scope.abortCode !== undefined) throw new RuntimeError(scope.abortCode);
    const call = callOf(command, this.#bundle);
    const { operation, bucket } = call;
    const span = spans.call(`S3.${operation}`, {
      'rpc.system': 'aws-api',
      'rpc.method': `S3/${operation}`,
      ...(bucket === undefined ? {} : { 'aws.s3.bucket': bucket }),
    });
    const given = dataProperty(rest[0], 'abortSignal');
    const signals = given instanceof AbortSignal ? [scope.signal, given] : [scope.signal];
    const options = {
      ...(typeof rest[0] === 'object' ? rest[0] : {}),
      abortSignal: AbortSignal.any(signals),
    };
    try {
      const output = await send(command, options);
      const status = dataProperty(dataProperty(output, '$metadata'), 'httpStatusCode');
      if (typeof status === 'number') span.set({ 'http.response.status_code': status });
      span.end();
      this.#watchBody(dataProperty(output, 'Body'));
      return output;
    } catch (error) {
      const name = dataProperty(error, 'name');
      span.set({ 'error.type': typeof name === 'string' && safeCodes.s3(name) ? name : '_OTHER' });
      span.end(true);
      if (scope.abortCode !== undefined) throw new RuntimeError(scope.abortCode);
      noteCall(error, call);
      // Its own stack ends deep in the SDK; this one leads to the job's code.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    }
  }

  // A body is read long after its call has settled.
  #watchBody(body: unknown): void {
    if (!isReadable(body)) return;
    this.#bodies.add(body);
    body.once('close', () => this.#bodies.delete(body));
  }

  #endBodies(reason: Error): void {
    for (const body of this.#bodies) body.destroy(reason);
    this.#bodies.clear();
  }
}

type Send = (command: unknown, options: unknown) => Promise<unknown>;

function callOf(command: unknown, bundle: BundleText): S3Call {
  const className = dataProperty(dataProperty(command, 'constructor'), 'name');
  const operation = typeof className === 'string' ? className.replace(/Command$/, '') : '';
  const bucket = dataProperty(dataProperty(command, 'input'), 'Bucket');
  return {
    operation: safeCodes.s3Operation(operation) ? operation : 'Other',
    ...(typeof bucket === 'string' && isShownBucket(bucket, bundle) ? { bucket } : {}),
  };
}

function isReadable(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && 'destroy' in value && 'once' in value;
}
