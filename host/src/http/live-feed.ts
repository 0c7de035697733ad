// What is new, to whoever listens: one look at the database a second for all of them, and none while nobody does.

import type { Changes, HostSummary, JobSummary, Overview } from './api.ts';
import { BusyRefusal } from './page-error.ts';

const LOOK_EVERY_MS = 1000;
/** At least so often something is sent, or proxies and browsers take the connection for dead. */
const BEAT_EVERY_MS = 15_000;
const MOST_LISTENERS = 100;
/** A listener that does not take what it is sent is let go; it comes again when it can. */
const MOST_UNSENT_BYTES = 2 * 1024 * 1024;

/** A connection that takes server-sent events. */
export interface Listener {
  readonly writableLength: number;
  write(text: string): unknown;
  end(): unknown;
  destroy(): unknown;
}

export class LiveFeed implements Disposable {
  readonly #read: () => Promise<Overview>;
  readonly #listeners = new Set<Listener>();
  #told: Overview | undefined;
  #reading: Promise<Overview> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;

  /** @param read - reads everything anew */
  constructor(read: () => Promise<Overview>) {
    this.#read = read;
  }

  /** How things stand now. Whoever asks while it is being read gets the same. */
  async overview(): Promise<Overview> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Sends everything and then what is new, until the listener is removed.
   *
   * @param start - called before the first is sent
   * @throws {@link BusyRefusal}
   */
  async add(listener: Listener, start: () => void): Promise<void> {
    if (this.#listeners.size >= MOST_LISTENERS) throw new BusyRefusal();
    start();
    this.#listeners.add(listener);
    try {
      await this.#look();
    } catch {
      // The database is away: told as soon as it is back.
    }
    if (this.#told && this.#listeners.has(listener)) send(listener, 'overview', this.#told);
    this.#timer ??= setInterval(() => void this.#look().catch(() => {}), LOOK_EVERY_MS);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#told = undefined;
  }

  /** Somebody said that something happened. */
  hurry(): void {
    if (this.#timer) void this.#look().catch(() => {});
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    const before = this.#told;
    const now = await this.overview();
    if (now === this.#told || this.#listeners.size === 0) return;
    this.#told = now;
    if (before) this.#tell(before, now);
  }

  #tell(before: Overview, now: Overview): void {
    const jobs = changed(before.jobs, now.jobs, ({ job }) => job);
    const hosts = isSame(withoutSeen(before.hosts), withoutSeen(now.hosts)) ? undefined : now.hosts;
    const isBeat = performance.now() - this.#sentAt > BEAT_EVERY_MS;
    if (jobs.length === 0 && !hosts && !isBeat) return;
    this.#sentAt = performance.now();
    const changes: Changes = {
      now: now.now,
      ...(jobs.length > 0 ? { jobs } : {}),
      ...(hosts ? { hosts } : {}),
    };
    for (const listener of this.#listeners) {
      if (listener.writableLength > MOST_UNSENT_BYTES) listener.destroy();
      else send(listener, 'changes', changes);
    }
  }
}

function changed(
  before: readonly JobSummary[],
  now: readonly JobSummary[],
  keyOf: (job: JobSummary) => string,
): JobSummary[] {
  const known = new Map(before.map((job) => [keyOf(job), job]));
  return now.filter((job) => !isSame(known.get(keyOf(job)), job));
}

// That a host was seen again is no news.
function withoutSeen(hosts: readonly HostSummary[]): unknown {
  return hosts.map(({ seenAt: _, ...rest }) => rest);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function send(listener: Listener, event: 'overview' | 'changes', data: Overview | Changes): void {
  listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
