/** The RDA API as a client sees it: version, range of sequence numbers, streams of changes. */

import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import { isLocal, type RdaConfig } from '../config.ts';
import type { ClaimLayout } from '../layout/layout.ts';
import {
  type ApiVersion,
  type ClaimChange,
  methodOf,
  type SequenceRange,
} from '../protocol/protocol.ts';

/** How long one answer may take, in milliseconds. Streams have no limit. */
const ANSWER_MS = 30_000;
/** Far above any claim, far below what would hurt. */
const MESSAGE_BYTES = 32 * 1024 * 1024;

type Connection = Pick<RdaConfig, 'host' | 'port' | 'tls' | 'caCertificate' | 'authToken'>;

export class RdaClient implements Disposable {
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #layout: ClaimLayout;

  /** Connects at the first call. */
  constructor(config: Connection, layout: ClaimLayout) {
    const address = config.host.includes(':') ? `[${config.host}]` : config.host;
    this.#client = new Client(`${address}:${config.port}`, credentialsOf(config), {
      'grpc.max_receive_message_length': MESSAGE_BYTES,
      // One connection of our own, that ends with this client.
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#layout = layout;
    if (config.authToken !== undefined) {
      this.#metadata.set('authorization', `Bearer ${config.authToken}`);
    }
  }

  /** Version text of the server. */
  async version(signal: AbortSignal): Promise<string> {
    const { version = '' } = await this.#ask<ApiVersion>('GetVersion', signal);
    return version;
  }

  /** The sequence numbers the server has, of this type of claims. */
  async range(signal: AbortSignal): Promise<{ readonly lower: bigint; readonly upper: bigint }> {
    const { lower = '0', upper = '0' } = await this.#ask<SequenceRange>(
      this.#layout.rpc.range,
      signal,
    );
    return { lower: BigInt(lower), upper: BigInt(upper) };
  }

  /** Changes with sequence numbers greater than `since`. */
  changes(since: bigint): ChangeStream {
    const { path, requestSerialize, responseDeserialize } = methodOf<object, ClaimChange>(
      'RDAService',
      this.#layout.rpc.claims,
    );
    return new ChangeStream(
      this.#client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { since: String(since) },
        this.#metadata,
      ),
    );
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #ask<Answer extends object>(method: string, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = methodOf<object, Answer>(
      'RDAService',
      method,
    );
    return new Promise<Answer>((resolve, reject) => {
      const cancel = () => call.cancel();
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        this.#metadata,
        { deadline: Date.now() + ANSWER_MS },
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (signal.aborted) reject(signal.reason);
          else if (error || !answer) reject(error);
          else resolve(answer);
        },
      );
      signal.addEventListener('abort', cancel, { once: true });
    });
  }
}

function credentialsOf({ host, tls, caCertificate }: Connection): ChannelCredentials {
  if (!(tls ?? !isLocal(host))) return credentials.createInsecure();
  return credentials.createSsl(caCertificate === undefined ? null : Buffer.from(caCertificate));
}

/** Messages read ahead of whoever works on them. */
const READ_AHEAD = 256;

/**
 * One stream of changes. What came before an error is handed out before the error is thrown, which iterating over
 * the call itself would not do.
 */
export class ChangeStream {
  readonly #call: ClientReadableStream<ClaimChange>;
  readonly #waiting: ClaimChange[] = [];
  #isEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(call: ClientReadableStream<ClaimChange>) {
    this.#call = call;
    call.on('data', (change: ClaimChange) => {
      this.#waiting.push(change);
      if (this.#waiting.length >= READ_AHEAD) call.pause();
      this.#wake?.();
    });
    call.on('error', (error) => {
      this.#failure ??= error;
    });
    // Comes after the last message, with an error or without.
    call.on('end', () => {
      this.#isEnded = true;
      this.#wake?.();
    });
  }

  /**
   * The changes, as many at a time as are there.
   *
   * @throws a gRPC service error when the stream ends with one
   */
  async *changes(): AsyncGenerator<readonly ClaimChange[], void, void> {
    try {
      for (;;) {
        if (this.#waiting.length > 0) {
          yield this.#waiting.splice(0);
          continue;
        }
        if (this.#isEnded) {
          if (this.#failure) throw this.#failure;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          this.#call.resume();
        });
      }
    } finally {
      this.cancel();
    }
  }

  /** Ends the stream from our side; whoever reads it then gets an error with status CANCELLED. */
  cancel(): void {
    if (!this.#isEnded) this.#call.cancel();
  }
}
