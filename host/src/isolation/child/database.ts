// The pool a job gets. It is a real pg.Pool, whose connections belong to the run that opened them: they carry its
// name, end with it, and are cut when it is told to stop. A connection costs a few milliseconds, a transaction or
// lock left open by the run before costs a night.

import { EventEmitter, errorMonitor } from 'node:events';
import { connect as connectSocket } from 'node:net';
import pg from 'pg';
import type { BundleText } from '../bundle-text.ts';
import type { DatabaseAccess } from '../protocol.ts';
import { isSqlState, statementFacts } from '../span-rules.ts';
import { dataProperty } from './private.ts';
import type { RunScope } from './run-scope.ts';
import { RuntimeError } from './runtime-error.ts';
import type { OpenSpan, Spans } from './spans.ts';

const CONNECT_MS = 15_000;
/** A job that holds all of its connections and waits for another one is told so after this. */
const POOL_WAIT_MS = 300_000;
/** An abandoned transaction of a process that hangs must not block others. */
const IDLE_IN_TRANSACTION_MS = 600_000;
/** A server that is gone without a word is noticed half a minute after this, also while a long statement is awaited. */
const KEEP_ALIVE_MS = 10_000;
/** A statement that was cancelled has this long to end before its connection is cut. */
const CANCEL_MS = 300;
const CANCEL_TAKES_MS = 20;
/** Of the PostgreSQL protocol. */
const CANCEL_REQUEST = 80_877_102;

export interface JobDatabaseOptions {
  readonly access: DatabaseAccess;
  readonly applicationName: (scope: RunScope) => string;
  readonly bundle: BundleText;
  readonly spans: Spans;
}

export class JobDatabase {
  readonly pool: pg.Pool;
  readonly #options: JobDatabaseOptions;
  readonly #connections = new Set<Connection>();
  #scope: RunScope | undefined;

  constructor(options: JobDatabaseOptions) {
    this.#options = options;
    const { access } = options;
    const database = this;
    class JobClient extends Connection {
      constructor(config: pg.ClientConfig) {
        super(config, database);
      }
    }
    this.pool = new pg.Pool({
      connectionString: access.url,
      max: access.poolSize,
      idleTimeoutMillis: 30_000,
      connectionTimeoutMillis: POOL_WAIT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      ...(access.statementTimeoutMs > 0 ? { statement_timeout: access.statementTimeoutMs } : {}),
      // The types of pg forget that the pool passes its options to the constructor.
      Client: JobClient as unknown as new () => pg.Client,
    });
    // A broken idle connection is replaced by the pool; without a listener it would end the process.
    this.pool.on('error', () => {});
  }

  /** Lets connections be opened, for this run. */
  open(scope: RunScope): void {
    this.#scope = scope;
    scope.signal.addEventListener('abort', () => this.#cut(scope), { once: true });
  }

  /**
   * Ends all connections, and with them every transaction, lock and setting the run left.
   *
   * @returns whether nothing is left, so that the pool can serve another run
   */
  async close(): Promise<boolean> {
    const connections = [...this.#connections];
    await Promise.all(connections.map((connection) => connection.giveBack()));
    while (this.pool.idleCount > 0 && this.pool.waitingCount === 0 && !this.pool.ending) {
      const idle = await this.pool.connect();
      idle.release(true);
    }
    this.#scope = undefined;
    await Promise.all(connections.map((connection) => connection.gone()));
    return !this.pool.ending && this.pool.totalCount === 0 && this.pool.waitingCount === 0;
  }

  get isHostDatabase(): boolean {
    return this.#options.access.isHostDatabase;
  }

  get scope(): RunScope | undefined {
    return this.#scope;
  }

  get spans(): Spans {
    return this.#options.spans;
  }

  get bundle(): BundleText {
    return this.#options.bundle;
  }

  nameOf(scope: RunScope): string {
    return this.#options.applicationName(scope);
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  // The server is asked to cancel what runs; then the connection is cut, also for what cannot be cancelled (a
  // COPY that waits for its input) and for what the job would like to run next.
  #cut(scope: RunScope): void {
    const connections = [...this.#connections];
    for (const connection of connections) connection.cancelOnServer();
    setTimeout(() => {
      if (this.#scope !== scope) return;
      for (const connection of connections) connection.cut();
    }, CANCEL_MS).unref();
  }
}

class Connection extends pg.Client {
  readonly #database: JobDatabase;
  readonly #ended: Promise<void>;
  #isConnected = false;

  constructor(config: pg.ClientConfig, database: JobDatabase) {
    const { scope } = database;
    super({
      ...config,
      connectionTimeoutMillis: CONNECT_MS,
      ...(scope ? { application_name: database.nameOf(scope) } : {}),
    });
    this.#database = database;
    database.add(this);
    this.#ended = new Promise((resolve) => {
      this.once('end', () => {
        database.remove(this);
        resolve();
      });
    });
    // A connection lost while the job holds it is told by its next query; unheard it would end the process.
    this.on('error', () => {});
  }

  override connect(): Promise<pg.Client>;
  override connect(
    callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void),
  ): void;
  override connect(callback?: unknown): Promise<pg.Client> | undefined {
    const refusal = this.#refusal();
    if (refusal) this.#database.remove(this);
    const connecting = refusal ? Promise.reject<pg.Client>(refusal) : this.#connect();
    if (typeof callback !== 'function') return connecting;
    connecting.then(
      () => callback(null, this),
      (error) => callback(error),
    );
    return undefined;
  }

  async #connect(): Promise<pg.Client> {
    try {
      await super.connect();
      this.#isConnected = true;
      return this;
    } catch (error) {
      this.#database.remove(this);
      throw error;
    }
  }

  // Loosely typed like the eight overloads it stands for: it looks at the statement and passes all on.
  override query = ((...args: unknown[]) => {
    const span = this.#spanOf(args[0]);
    const run = pg.Client.prototype.query as (...args: unknown[]) => unknown;
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      return run.call(this, ...args.slice(0, -1), (error: unknown, result: unknown) => {
        this.#endSpan(span, error);
        callback(error, result);
      });
    }
    if (typeof dataProperty(args[0], 'submit') === 'function') {
      const asked = new Error('where the job asked for the stream');
      const stream = run.apply(this, args);
      // Watched without being a listener, so that an error that nobody hears stays one.
      if (stream instanceof EventEmitter) {
        stream.once(errorMonitor, (error: unknown) => {
          this.#endSpan(span, error);
          // Born where bytes came from a socket: only now does its stack lead to the job's code.
          if (error instanceof Error && asked.stack !== undefined) error.stack = asked.stack;
        });
        for (const event of ['finish', 'end', 'close']) stream.once(event, () => span.end());
      }
      return stream;
    }
    return new Promise((resolve, reject) => {
      run.call(this, ...args, (error: unknown, result: unknown) => {
        this.#endSpan(span, error);
        if (error) reject(error);
        else resolve(result);
      });
    }).catch((error) => {
      // As pg does: a stack that leads to the job's code and not to a socket.
      Error.captureStackTrace(error);
      throw error;
    });
  }) as pg.Client['query'];

  /** Asks the server, on a connection of its own, to cancel what runs on this one. */
  cancelOnServer(): void {
    const pid = dataProperty(this, 'processID');
    const key = dataProperty(this, 'secretKey');
    if (typeof pid !== 'number' || typeof key !== 'number') return;
    const request = Buffer.alloc(16);
    request.writeInt32BE(16, 0);
    request.writeInt32BE(CANCEL_REQUEST, 4);
    request.writeInt32BE(pid, 8);
    request.writeInt32BE(key, 12);
    const { host, port } = this;
    const socket = host.startsWith('/')
      ? connectSocket(`${host}/.s.PGSQL.${port}`)
      : connectSocket(port, host);
    socket.on('error', () => {}); // cutting the connection comes next anyway
    socket.setTimeout(CANCEL_MS, () => socket.destroy());
    socket.end(request);
    socket.unref();
  }

  cut(): void {
    // @types/pg leaves out the connection, which has been there in every version.
    (
      this as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }

  /** Takes it from whoever holds it, and asks it to end. */
  async giveBack(): Promise<void> {
    if (!this.#isConnected) return this.cut();
    if (this.getTransactionStatus() !== 'I' || dataProperty(this, 'readyForQuery') !== true) {
      this.cancelOnServer();
      await delay(CANCEL_TAKES_MS);
    }
    const release = dataProperty(this, 'release');
    try {
      if (typeof release === 'function') release.call(this, true);
    } catch {
      // It was given back already, as it should be.
    }
  }

  /** Waits until it is closed, and closes it if that takes too long. */
  async gone(): Promise<void> {
    await Promise.race([this.#ended, delay(CANCEL_MS)]);
    this.cut();
  }

  #refusal(): Error | undefined {
    const { scope } = this.#database;
    if (!scope) return new Error('a database connection was asked for outside of a run');
    return scope.abortCode === undefined ? undefined : new RuntimeError(scope.abortCode);
  }

  #spanOf(statement: unknown): OpenSpan {
    const text = typeof statement === 'string' ? statement : dataProperty(statement, 'text');
    const { bundle, spans } = this.#database;
    const facts = statementFacts(typeof text === 'string' ? text : '', bundle);
    const name = facts.table === undefined ? facts.verb : `${facts.verb} ${facts.table}`;
    return spans.call(name, {
      'db.system.name': 'postgresql',
      'db.operation.name': facts.verb,
      ...(facts.table === undefined ? {} : { 'db.collection.name': facts.table }),
      ...(typeof text === 'string' && text.length <= 4096 && bundle.hasLiteral(text)
        ? { 'db.query.text': text }
        : {}),
    });
  }

  #endSpan(span: OpenSpan, error: unknown): void {
    if (error === undefined || error === null) {
      span.end();
      return;
    }
    const state = dataProperty(error, 'code');
    if (typeof state === 'string' && isSqlState(state, this.#database.bundle)) {
      span.set({ 'db.response.status_code': state, 'error.type': state });
    }
    span.end(true);
  }
}

/** Leaves nothing open: what a run leaves is looked for right after. */
function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
