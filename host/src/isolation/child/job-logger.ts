// The logger of a job: a constant message and safe fields pass. The rest is withheld and counted, or in development
// refused, so that an author hears of it before people miss it. Bounded, since a line in a loop must not keep the
// host busy.

import type { Logger } from '@bfd-host/sdk';
import type { BundleText } from '../bundle-text.ts';
import type { RuntimeNotice } from '../runtime-notices.ts';
import { say } from './channel.ts';
import { clock } from './private.ts';
import { RuntimeError } from './runtime-error.ts';
import type { Spans } from './spans.ts';
import { wireFields } from './wire-values.ts';

const LINES_PER_SECOND = 200;
const BURST = 1000;
const LONGEST_MESSAGE = 1000;

export interface JobLoggerOptions {
  readonly bundle: BundleText;
  readonly spans: Spans;
  /** Whether a line that cannot be proved safe throws. */
  readonly refusesUnsafe: boolean;
}

export class JobLogger {
  runId: string | undefined;
  readonly #bundle: BundleText;
  readonly #spans: Spans;
  readonly #refusesUnsafe: boolean;
  readonly #counts = new Map<RuntimeNotice, number>();
  #tokens = BURST;
  #filledAt = clock();

  constructor({ bundle, spans, refusesUnsafe }: JobLoggerOptions) {
    this.#bundle = bundle;
    this.#spans = spans;
    this.#refusesUnsafe = refusesUnsafe;
  }

  readonly logger: Logger = {
    debug: (message: unknown, fields?: unknown) => this.#line('debug', message, fields),
    info: (message: unknown, fields?: unknown) => this.#line('info', message, fields),
    warn: (message: unknown, fields?: unknown) => this.#line('warn', message, fields),
    error: (message: unknown, fields?: unknown) => this.#line('error', message, fields),
  };

  /** Notes something to be told at the end of the run. */
  count(notice: RuntimeNotice, count = 1): void {
    if (count > 0) this.#counts.set(notice, (this.#counts.get(notice) ?? 0) + count);
  }

  /** Tells what was counted. */
  flush(): void {
    for (const [notice, count] of this.#counts)
      say({ type: 'notice', ...this.#run(), notice, count });
    this.#counts.clear();
  }

  #line(level: 'debug' | 'info' | 'warn' | 'error', message: unknown, given: unknown): void {
    if (!this.#mayPass()) {
      this.count('log lines dropped: more came than are passed on');
      return;
    }
    const { fields, dropped, unsafe } = wireFields(given, this.#bundle);
    const isConstant =
      typeof message === 'string' &&
      message.length <= LONGEST_MESSAGE &&
      this.#bundle.hasLiteral(message);
    if (this.#refusesUnsafe) {
      if (!isConstant) throw new RuntimeError('BFD_LOG_MESSAGE');
      if (dropped > 0) throw new RuntimeError('BFD_LOG_FIELD_NAME', { count: dropped });
      const [field] = unsafe;
      if (field !== undefined)
        throw new RuntimeError('BFD_LOG_FIELD', { field: { kind: 'name', value: field } });
    }
    this.count('log fields dropped: their names are not in the bundle', dropped);
    this.count(
      'log fields withheld: they are neither safe text nor numbers that count',
      unsafe.length,
    );
    if (isConstant) this.#spans.activity = message;
    say({ type: 'log', ...this.#run(), level, ...(isConstant ? { message } : {}), fields });
  }

  #run(): { runId?: string } {
    return this.runId === undefined ? {} : { runId: this.runId };
  }

  #mayPass(): boolean {
    const now = clock();
    this.#tokens = Math.min(
      BURST,
      this.#tokens + ((now - this.#filledAt) / 1000) * LINES_PER_SECOND,
    );
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
