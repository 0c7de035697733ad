// The logger of a job: a constant message and safe fields pass, the rest is withheld and counted. Bounded, since
// a line in a loop must not keep the host busy.

import type { Logger } from '@bfd-host/sdk';
import type { BundleText } from '../bundle-text.ts';
import type { RuntimeNotice } from '../runtime-notices.ts';
import { say } from './channel.ts';
import { clock } from './private.ts';
import type { Spans } from './spans.ts';
import { wireFields } from './wire-values.ts';

const LINES_PER_SECOND = 200;
const BURST = 1000;
const LONGEST_MESSAGE = 1000;

export class JobLogger {
  runId: string | undefined;
  readonly #bundle: BundleText;
  readonly #spans: Spans;
  readonly #counts = new Map<RuntimeNotice, number>();
  #tokens = BURST;
  #filledAt = clock();

  constructor(bundle: BundleText, spans: Spans) {
    this.#bundle = bundle;
    this.#spans = spans;
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
    const { fields, dropped } = wireFields(given, this.#bundle);
    this.count('log fields dropped: their names are not in the bundle', dropped);
    const isConstant =
      typeof message === 'string' &&
      message.length <= LONGEST_MESSAGE &&
      this.#bundle.hasLiteral(message);
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
