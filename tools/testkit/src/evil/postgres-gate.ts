// A gate in front of PostgreSQL, which reads along: it knows where one statement ends and the next begins, so that
// a fault can strike exactly between them. What a job says in one breath, up to Sync or a simple query, is one step.
//
// https://www.postgresql.org/docs/current/protocol-message-formats.html

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Step, Steps } from './steps.ts';

export class PostgresGate implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Stands on a port of its own before the server of `url`. */
  static async before(url: string, steps: Steps): Promise<PostgresGate> {
    const { hostname, port } = new URL(url);
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      }
      new Session(near, far, steps);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const here = new URL(url);
    here.hostname = '127.0.0.1';
    here.port = String(address.port);
    return new PostgresGate(here.href, server, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** First words of a connection that are no session: requests for encryption, and to cancel another's statement. */
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
/** Messages that end what is said in one breath: Query, Sync, CopyDone, CopyFail, Flush. */
const ENDS_A_BREATH = new Set(['Q', 'S', 'c', 'f', 'H']);
/** Of those, Flush has no end of its own that could be awaited. */
const FLUSH = 'H';
const READY_FOR_QUERY = 'Z';
const COPY_IN = 'G';

class Session {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #steps: Steps;
  #unread: Buffer = Buffer.alloc(0);
  #hasBegun = false;
  /** Of a job's process; the host that clears up behind one comes this way too. */
  #isJobs = false;
  #breath: Buffer[] = [];
  #statement = '';
  /** The step whose answer is held back, and what of it has come. */
  #awaited: { readonly step: Step; answer: Buffer } | undefined;

  constructor(near: Socket, far: Socket, steps: Steps) {
    this.#near = near;
    this.#far = far;
    this.#steps = steps;
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('data', (chunk: Buffer) => void this.#heard(chunk));
    far.on('data', (chunk: Buffer) => void this.#answered(chunk));
  }

  // One chunk at a time: the socket is paused while a fault strikes.
  async #heard(chunk: Buffer): Promise<void> {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    this.#near.pause();
    for (;;) {
      const message = this.#hasBegun ? this.#nextMessage() : this.#nextGreeting();
      if (!message) break;
      if (!(await this.#pass(message))) {
        this.#near.destroy();
        return;
      }
    }
    this.#near.resume();
  }

  #nextGreeting(): Buffer | undefined {
    if (this.#unread.length < 8) return undefined;
    const length = this.#unread.readInt32BE(0);
    if (this.#unread.length < length) return undefined;
    const code = this.#unread.readInt32BE(4);
    const greeting = this.#take(length);
    if (code !== SSL_REQUEST && code !== GSS_REQUEST) this.#hasBegun = true;
    this.#isJobs = code !== CANCEL_REQUEST && greeting.includes('application_name\0bfd:');
    return greeting;
  }

  #nextMessage(): Buffer | undefined {
    if (this.#unread.length < 5) return undefined;
    const length = 1 + this.#unread.readInt32BE(1);
    return this.#unread.length < length ? undefined : this.#take(length);
  }

  #take(length: number): Buffer {
    const taken = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return taken;
  }

  /** @returns whether the session goes on */
  async #pass(message: Buffer): Promise<boolean> {
    const kind = this.#isJobs ? String.fromCharCode(message[0] ?? 0) : '';
    if (kind === 'Q' || kind === 'P') this.#statement = statementOf(kind, message);
    const isPartOfBreath = this.#isJobs && /[PBDECQSHcf]/.test(kind);
    if (!isPartOfBreath) return this.#far.write(message) || true;
    this.#breath.push(message);
    if (!ENDS_A_BREATH.has(kind)) return true;
    const breath = Buffer.concat(this.#breath);
    this.#breath = [];
    const step = this.#steps.begin('database', kind === 'c' ? 'end of COPY' : this.#statement);
    if ((await this.#steps.at(step, 'before')) !== 'pass') return false;
    if (kind !== FLUSH && this.#steps.isAwaited(step)) {
      this.#awaited = { step, answer: Buffer.alloc(0) };
    }
    this.#far.write(breath);
    return true;
  }

  async #answered(chunk: Buffer): Promise<void> {
    const awaited = this.#awaited;
    if (!awaited) {
      this.#near.write(chunk);
      return;
    }
    awaited.answer = Buffer.concat([awaited.answer, chunk]);
    if (!isWhole(awaited.answer)) return;
    this.#awaited = undefined;
    this.#far.pause();
    if ((await this.#steps.at(awaited.step, 'after')) !== 'pass') {
      this.#near.destroy();
      return;
    }
    this.#near.write(awaited.answer);
    this.#far.resume();
  }
}

/** The beginning of a statement's text, in one line. */
function statementOf(kind: string, message: Buffer): string {
  // Query: the text. Parse: a name, the text.
  const start = kind === 'Q' ? 5 : message.indexOf(0, 5) + 1;
  const text = message.subarray(start, message.indexOf(0, start)).toString('utf8');
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Whether an answer has come to where the server waits again: for a statement, or for the data of a COPY. */
function isWhole(answer: Buffer): boolean {
  for (let at = 0; at + 5 <= answer.length; ) {
    const kind = String.fromCharCode(answer[at] ?? 0);
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (end > answer.length) return false;
    if (kind === READY_FOR_QUERY || kind === COPY_IN) return true;
    at = end;
  }
  return false;
}
