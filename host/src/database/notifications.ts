// Our own NOTIFY: what one host or CLI command tells all hosts at once. A lost message costs nothing but
// time, since every second the sweep looks anyway.

import pg from 'pg';
import { z } from 'zod';
import { ANSWER_MS, KEEP_ALIVE_MS } from './database.ts';
import { within } from './within.ts';

const CHANNEL = 'bfd_host';

const noticeSchema = z.discriminatedUnion('kind', [
  /** Something may be startable now. */
  z.strictObject({ kind: z.literal('wake') }),
  /** Somebody asked for a run to be cancelled. */
  z.strictObject({ kind: z.literal('cancel'), runId: z.uuid() }),
  /** A run is over, and what is left of its items is not wanted any more. */
  z.strictObject({ kind: z.literal('items-over'), runId: z.uuid() }),
]);

export type Notice = z.infer<typeof noticeSchema>;

/** Sends with the transaction of `client`: nobody hears of what is not committed. */
export async function notify(
  client: Pick<pg.ClientBase | pg.Pool, 'query'>,
  notice: Notice,
): Promise<void> {
  await client.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(notice)]);
}

const WAKE_EVERY_MS = 100;

/** Says `wake` for many at once: the first time at once, then ten times a second at most. Nobody waits for it. */
export class WakeNotices {
  readonly #pool: Pick<pg.Pool, 'query'>;
  #isResting = false;
  #isDue = false;

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool;
  }

  tell(): void {
    this.#isDue = true;
    if (this.#isResting) return;
    this.#isDue = false;
    this.#isResting = true;
    notify(this.#pool, { kind: 'wake' }).catch(() => {}); // hosts look by themselves, too
    setTimeout(() => {
      this.#isResting = false;
      if (this.#isDue) this.tell();
    }, WAKE_EVERY_MS).unref();
  }
}

const RECONNECT_MS = 1000;
const ASK_EVERY_MS = 10_000;
const CONNECT_MS = 10_000;
const END_MS = 1000;

/** Hears until disposed; connects again when the connection breaks, and then says `wake`. */
export class NotificationListener implements AsyncDisposable {
  readonly #url: string;
  readonly #applicationName: string;
  readonly #onNotice: (notice: Notice) => void;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(url: string, applicationName: string, onNotice: (notice: Notice) => void) {
    this.#url = url;
    this.#applicationName = applicationName;
    this.#onNotice = onNotice;
  }

  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: this.#applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
    });
    this.#client = client;
    client.on('error', () => this.#reconnect(client));
    client.on('end', () => this.#reconnect(client));
    client.on('notification', ({ payload }) => {
      const notice = noticeSchema.safeParse(parseJson(payload));
      if (notice.success) this.#onNotice(notice.data);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#onNotice({ kind: 'wake' });
      this.#askLater(client);
    } catch {
      this.#reconnect(client);
    }
  }

  // Who only listens does not hear that the other end has fallen silent.
  #askLater(client: pg.Client): void {
    if (this.#isStopped || this.#client !== client) return;
    this.#timer = setTimeout(() => {
      client.query('select 1').then(
        () => this.#askLater(client),
        () => this.#reconnect(client),
      );
    }, ASK_EVERY_MS);
  }

  #reconnect(client: pg.Client): void {
    if (this.#isStopped || this.#client !== client) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    client.end().catch(() => {});
    this.#timer = setTimeout(() => void this.start(), RECONNECT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    if (this.#client) await within(END_MS, this.#client.end());
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
