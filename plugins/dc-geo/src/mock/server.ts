/**
 * A server that speaks the RDA API, for tests and first steps: a real gRPC server with made-up claims or claims from
 * files, and with faults to order.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionInjector,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ClaimType } from '../layout/layout.ts';
import { type ClaimChange, serviceOf } from '../protocol/protocol.ts';
import { FaultPlan, type Faults } from './faults.ts';
import type { MessageSource } from './message-source.ts';
import { reflectionService } from './reflection.ts';

export interface MockServerOptions {
  readonly source: MessageSource;
  /** Loopback if absent. */
  readonly host?: string;
  /** Any free one if absent. */
  readonly port?: number;
  /** What GetVersion says; 0.14.1 if absent. */
  readonly version?: string;
  /** Bearer tokens that are accepted; any client if absent or empty. */
  readonly tokens?: readonly string[];
  /** Whether streams stay open after the last message, as those of live changes do. */
  readonly keepsOpen?: boolean;
  readonly faults?: Faults;
  /** Certificate and private key, PEM. Plain text if absent. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface MockServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Streams asked for so far, with their `since`. */
  readonly streams: readonly { readonly type: ClaimType; readonly since: bigint }[];
  /** Settles when the next stream was ended by its client or by us. */
  streamEnds(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a mock server.
 *
 * @throws what listening on the port throws, such as EADDRINUSE
 * @example
 * await using server = await startMockServer({ source: randomSource({ seed: 1, messages: 1000, … }) });
 */
export async function startMockServer(options: MockServerOptions): Promise<MockServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const mock = new Mock(options);
  const listener = createServer((socket) => mock.connect(socket));
  listener.listen(port, host);
  await once(listener, 'listening');
  // The cast: a server that listens on a port has an address of this form.
  const address = listener.address() as AddressInfo;
  const close = async () => {
    listener.close();
    mock.close();
    await once(listener, 'close');
  };
  return {
    host,
    port: address.port,
    streams: mock.streams,
    streamEnds: () => mock.streamEnds(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Stream = ServerWritableStream<{ readonly since?: string }, ClaimChange | Buffer>;
type Answer = sendUnaryData<object>;

class Mock {
  readonly streams: { type: ClaimType; since: bigint }[] = [];
  readonly #options: MockServerOptions;
  readonly #plan: FaultPlan;
  readonly #server = new Server({ 'grpc.max_send_message_length': -1 });
  readonly #injector: ConnectionInjector;
  /** By the address of their client, as a call names it. */
  readonly #sockets = new Map<string, Socket>();
  readonly #waiting = new Set<() => void>();

  constructor(options: MockServerOptions) {
    this.#options = options;
    this.#plan = new FaultPlan(options.faults ?? {});
    this.#server.addService(withRawMessages(serviceOf('RDAService')), this.#rdaService());
    this.#server.addService(serviceOf('Health'), healthService());
    reflectionService().addToServer(this.#server);
    this.#injector = this.#server.createConnectionInjector(credentialsOf(options));
  }

  connect(socket: Socket): void {
    const client = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(client, socket);
    socket.on('close', () => this.#sockets.delete(client));
    socket.on('error', () => {}); // a client that goes away abruptly is what some tests are about
    this.#injector.injectConnection(socket);
  }

  streamEnds(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  close(): void {
    this.#server.forceShutdown();
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #rdaService(): UntypedServiceImplementation {
    const { source, version = '0.14.1' } = this.#options;
    const answer =
      (value: object) =>
      (call: ServerUnaryCall<object, object>, callback: Answer): void => {
        const refusal = this.#refusal(call);
        if (refusal) callback(refusal);
        else callback(null, value);
      };
    const stream = (type: ClaimType) => (call: Stream) => void this.#stream(type, call);
    return {
      GetFissClaims: stream('FISS'),
      GetMcsClaims: stream('MCS'),
      GetFissClaimsSequenceNumberRange: answer(source.range),
      GetMcsClaimsSequenceNumberRange: answer(source.range),
      GetVersion: answer({ version, commitId: '', buildTime: '' }),
    };
  }

  #refusal(call: { readonly metadata: Metadata }): { code: status; details: string } | undefined {
    const { tokens = [] } = this.#options;
    const [given] = call.metadata.get('authorization');
    if (tokens.length === 0 || tokens.some((token) => given === `Bearer ${token}`))
      return undefined;
    return { code: status.UNAUTHENTICATED, details: 'the token is not accepted' };
  }

  async #stream(type: ClaimType, call: Stream): Promise<void> {
    const refusal = this.#refusal(call);
    if (refusal) {
      call.emit('error', refusal);
      return;
    }
    const since = BigInt(call.request.since ?? '0');
    this.streams.push({ type, since });
    try {
      await this.#send(type, call, since);
    } catch (error) {
      call.emit('error', { code: status.UNKNOWN, details: (error as Error).message });
    } finally {
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }

  async #send(type: ClaimType, call: Stream, since: bigint): Promise<void> {
    const { delayMs = 0, failStatus = 'UNKNOWN' } = this.#plan.faults;
    const faultNow = this.#plan.next();
    let sent = 0;
    for await (const message of this.#options.source.messages(type, since + 1n)) {
      if (call.cancelled) return;
      switch (faultNow(sent)) {
        case 'fail':
          call.emit('error', { code: statusNamed(failStatus), details: 'a failure to order' });
          return;
        case 'drop':
          this.#drop(call);
          return;
        case 'silence':
          return cancelled(call);
        case 'garbage':
          await write(call, Buffer.from('this is no message of the protocol'));
          break;
        case undefined:
          break;
      }
      if (delayMs > 0) await sleep(delayMs);
      await write(call, this.#plan.isBad(message.seq ?? '0') ? spoiled(message) : message);
      sent++;
    }
    if (this.#options.keepsOpen) return cancelled(call);
    call.end();
  }

  /** Cuts the connection once what was written has left. */
  #drop(call: Stream): void {
    const socket = this.#sockets.get(call.getPeer());
    setImmediate(() => socket?.destroySoon());
  }
}

function credentialsOf({ tls }: MockServerOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) },
  ]);
}

/** A service that also sends bytes as they are. */
function withRawMessages(service: ReturnType<typeof serviceOf>): ReturnType<typeof serviceOf> {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        responseSerialize: (value) =>
          Buffer.isBuffer(value) ? value : method.responseSerialize(value),
      },
    ]),
  );
}

function healthService(): UntypedServiceImplementation {
  const serving = { status: 'SERVING' };
  return {
    Check: (_call: unknown, callback: Answer) => callback(null, serving),
    Watch: (call: ServerWritableStream<object, object>) => void call.write(serving),
  };
}

function statusNamed(name: string): status {
  const code = status[name as keyof typeof status];
  if (code === undefined) throw new RangeError(`there is no gRPC status "${name}"`);
  return code;
}

/** Writes a message, and waits where the client is slower than we are. */
async function write(call: Stream, message: ClaimChange | Buffer): Promise<void> {
  if (call.write(message)) return;
  await new Promise<void>((resolve) => {
    const goOn = () => {
      call.off('drain', goOn);
      call.off('cancelled', goOn);
      resolve();
    };
    call.once('drain', goOn);
    call.once('cancelled', goOn);
  });
}

async function cancelled(call: Stream): Promise<void> {
  if (!call.cancelled) await once(call, 'cancelled');
}

/** A message that no loader can store. */
function spoiled(message: ClaimChange): ClaimChange {
  const tooLong = 'x'.repeat(100);
  return { ...message, claim: { ...message.claim, hic_no: tooLong, idr_contr_id: tooLong } };
}
