/**
 * The services of one home folder, shared by all who join: whoever comes first starts them, others
 * adopt what runs, the last one out stops them. They belong to the folder, not to a process: they
 * survive the death of any of their users, who is struck off the list at the next join or leave.
 */
import { randomUUID } from 'node:crypto';
import { systemCode } from './errors.ts';
import { type Home, openHome } from './home.ts';
import { withLock } from './lock.ts';
import {
  crashPostgres,
  ensurePostgres,
  type PostgresEndpoint,
  stopPostgres,
} from './postgres/server.ts';
import { ownIdentity } from './process-identity.ts';
import { ensureS3, type S3Endpoint, stopS3 } from './s3/service.ts';
import { isUsed, readState, type ServiceName, type StackState, writeState } from './state.ts';

export interface LocalStackOptions {
  /** The folder of the services, made if absent; relative to the working folder. */
  readonly home: string;
  readonly postgres: boolean;
  readonly s3: boolean;
  /** Gives up waiting and starting; what was begun is stopped again. */
  readonly signal?: AbortSignal;
}

export interface LocalStack extends AsyncDisposable {
  /** Absolute. */
  readonly home: string;
  /** There if it was asked for. */
  readonly postgres?: PostgresEndpoint;
  /** There if it was asked for. */
  readonly s3?: S3Endpoint;
  /**
   * Cuts the PostgreSQL server short, as a power cut does, and starts it again at the same port: for tests of
   * whatever must survive that. All its users lose their sessions.
   */
  restartPostgres(): Promise<void>;
  /** Takes us off the list; stops what nobody uses any more. A second call does nothing. */
  leave(): Promise<void>;
}

// Longer than a first start on a slow disk, shorter than a person's patience with a stopped process.
const LOCK_WAIT_MS = 120_000;

/**
 * Joins the users of a home folder and gives the services asked for, started if nobody had yet.
 *
 * @throws {@link LocalStackError} with a code `BFD_LOCAL_…`, or the signal's reason
 * @example
 * await using stack = await joinLocalStack({ home: '.bfd', postgres: true, s3: false });
 * const pool = new pg.Pool({ connectionString: stack.postgres?.url });
 */
export async function joinLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const home = await openHome(options.home);
  const services: ServiceName[] = [];
  if (options.postgres) services.push('postgres');
  if (options.s3) services.push('s3');
  const user = { ...ownIdentity(), id: randomUUID(), services };
  const lock = { waitMs: LOCK_WAIT_MS, signal: options.signal };

  const enter = async (): Promise<Endpoints> => {
    const ledger = await Ledger.open(home);
    await ledger.change((state) => ({ ...state, users: [...state.users, user] }));
    try {
      return await ensureServices(home, ledger, services, options.signal);
    } catch (error) {
      await strikeOff(home, ledger, user.id);
      throw error;
    }
  };
  const endpoints = await withLock(home.lockFile, lock, enter).catch((error: unknown) => {
    options.signal?.throwIfAborted(); // the reason, and not how the step it met put it
    throw error;
  });

  let leaving: Promise<void> | undefined;
  const leave = (): Promise<void> => {
    leaving ??= leaveStack(home, user.id);
    return leaving;
  };
  const restartPostgres = (): Promise<void> => restart(home, options.signal);
  return { home: home.path, ...endpoints, restartPostgres, leave, [Symbol.asyncDispose]: leave };
}

async function restart(home: Home, signal: AbortSignal | undefined): Promise<void> {
  await withLock(home.lockFile, { waitMs: LOCK_WAIT_MS, signal }, async () => {
    const ledger = await Ledger.open(home);
    const { postgres } = ledger.state;
    if (postgres !== undefined) await crashPostgres(home, postgres);
    await ensureServices(home, ledger, ['postgres'], signal);
  });
}

interface Endpoints {
  postgres?: PostgresEndpoint;
  s3?: S3Endpoint;
}

/** The state in memory and on disk, changed together. Only for the holder of the lock. */
class Ledger {
  static async open(home: Home): Promise<Ledger> {
    return new Ledger(home, await readState(home));
  }

  readonly #home: Home;
  #state: StackState;

  private constructor(home: Home, state: StackState) {
    this.#home = home;
    this.#state = state;
  }

  get state(): StackState {
    return this.#state;
  }

  async change(next: (state: StackState) => StackState): Promise<void> {
    this.#state = next(this.#state);
    await writeState(this.#home, this.#state);
  }
}

async function ensureServices(
  home: Home,
  ledger: Ledger,
  services: readonly ServiceName[],
  signal: AbortSignal | undefined,
): Promise<Endpoints> {
  const endpoints: Endpoints = {};
  if (services.includes('postgres')) {
    endpoints.postgres = await ensurePostgres(
      home,
      ledger.state.postgres,
      (postgres) => ledger.change((state) => ({ ...state, postgres })),
      signal,
    );
  }
  if (services.includes('s3')) {
    endpoints.s3 = await ensureS3(
      home,
      ledger.state.s3,
      (s3) => ledger.change((state) => ({ ...state, s3 })),
      signal,
    );
  }
  return endpoints;
}

async function leaveStack(home: Home, userId: string): Promise<void> {
  try {
    await withLock(home.lockFile, { waitMs: LOCK_WAIT_MS }, async () =>
      strikeOff(home, await Ledger.open(home), userId),
    );
  } catch (error) {
    // Somebody removed the whole folder: there is no list any more, and its services end by themselves.
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

async function strikeOff(home: Home, ledger: Ledger, userId: string): Promise<void> {
  await ledger.change((state) => ({
    ...state,
    users: state.users.filter(({ id }) => id !== userId),
  }));
  const { postgres, s3 } = ledger.state;
  if (s3 !== undefined && !isUsed(ledger.state, 's3')) await stopS3(s3);
  if (postgres !== undefined && !isUsed(ledger.state, 'postgres')) {
    await stopPostgres(home, postgres);
  }
}
