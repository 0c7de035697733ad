// When a job whose process keeps dying may run again. Pure: time is passed in, the state is plain data that can be
// stored, and nobody is told of anything here.

export interface CrashBreakerOptions {
  /** So many crashes … */
  readonly crashes: number;
  /** … within so long open it. */
  readonly withinMs: number;
  /** After this a run may probe whether the job works again; doubled each time a probe crashes, up to 16 times. */
  readonly probeAfterMs: number;
  /** Wait before the next start after one crash, doubled for each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export const CRASH_BREAKER: CrashBreakerOptions = {
  crashes: 3,
  withinMs: 300_000,
  probeAfterMs: 600_000,
  backoffMs: 1000,
  maxBackoffMs: 60_000,
};

/** Times are milliseconds of one clock. */
export interface CrashBreakerState {
  /** When it crashed, as far as it still counts. */
  readonly crashedAt: readonly number[];
  /** When it was opened; absent while it is closed. */
  readonly openedAt?: number;
  /** Probes that crashed since. */
  readonly failedProbes: number;
  readonly isProbing: boolean;
}

export type StartVerdict =
  | { readonly kind: 'start' }
  /** One run, to see whether the job works again. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'wait'; readonly until: number; readonly isQuarantined: boolean };

/** What to tell people after something happened. */
export type BreakerChange = 'quarantined' | 'released' | undefined;

const CLOSED: CrashBreakerState = { crashedAt: [], failedProbes: 0, isProbing: false };
const MOST_DOUBLINGS = 4;

/**
 * @example
 * const breaker = new CrashBreaker();
 * if (breaker.crashed(Date.now()) === 'quarantined') events.emit({ event: 'job.quarantined', job });
 */
export class CrashBreaker {
  readonly #options: CrashBreakerOptions;
  #state: CrashBreakerState;

  constructor(state: CrashBreakerState = CLOSED, options: CrashBreakerOptions = CRASH_BREAKER) {
    this.#state = state;
    this.#options = options;
  }

  get state(): CrashBreakerState {
    return this.#state;
  }

  /**
   * Whether the job may start now.
   *
   * @param jitter - from 0 to 1, the same for one wait; moves it by up to a tenth, so that jobs that died together
   *   do not come back together
   */
  verdict(now: number, jitter = 0): StartVerdict {
    const { openedAt, failedProbes, isProbing, crashedAt } = this.#state;
    const { probeAfterMs, backoffMs, maxBackoffMs } = this.#options;
    if (openedAt !== undefined) {
      const waitMs = probeAfterMs * 2 ** Math.min(failedProbes, MOST_DOUBLINGS);
      const until = Math.round(openedAt + waitMs * (1 + jitter / 10));
      return now >= until && !isProbing
        ? { kind: 'probe' }
        : { kind: 'wait', until, isQuarantined: true };
    }
    const last = crashedAt.at(-1);
    if (last === undefined) return { kind: 'start' };
    const waitMs = Math.min(maxBackoffMs, backoffMs * 2 ** (crashedAt.length - 1));
    const until = Math.round(last + waitMs * (1 + jitter / 10));
    return now >= until ? { kind: 'start' } : { kind: 'wait', until, isQuarantined: false };
  }

  /** The run that {@link verdict} allowed as a probe begins. */
  probing(): void {
    this.#state = { ...this.#state, isProbing: true };
  }

  /** The job's process died in a run. */
  crashed(now: number): BreakerChange {
    const { openedAt, failedProbes } = this.#state;
    const { withinMs, crashes } = this.#options;
    if (openedAt !== undefined) {
      this.#state = {
        ...this.#state,
        openedAt: now,
        failedProbes: failedProbes + 1,
        isProbing: false,
      };
      return undefined;
    }
    const crashedAt = [...this.#state.crashedAt.filter((time) => now - time < withinMs), now];
    const isOpen = crashedAt.length >= crashes;
    this.#state = { ...CLOSED, crashedAt, ...(isOpen ? { openedAt: now } : {}) };
    return isOpen ? 'quarantined' : undefined;
  }

  /** A run ended with the process alive, well or not: a job that fails is no job that crashes. */
  survived(): BreakerChange {
    return this.release();
  }

  /** Somebody lets the job run again. */
  release(): BreakerChange {
    const wasOpen = this.#state.openedAt !== undefined;
    this.#state = CLOSED;
    return wasOpen ? 'released' : undefined;
  }
}
