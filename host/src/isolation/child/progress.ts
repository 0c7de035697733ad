// Progress, passed on about twice a second: the first at once, of those after it the newest.

import type { Progress } from '@bfd-host/sdk';
import type { BundleText } from '../bundle-text.ts';
import { say } from './channel.ts';
import { clock, dataProperty } from './private.ts';
import { wireText } from './wire-values.ts';

const EVERY_MS = 500;

export class ProgressTeller {
  readonly #runId: string;
  readonly #bundle: BundleText;
  #toldAt = Number.NEGATIVE_INFINITY;
  #newest: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(runId: string, bundle: BundleText) {
    this.#runId = runId;
    this.#bundle = bundle;
  }

  report(progress: Progress): void {
    this.#newest = progress;
    const waitMs = this.#toldAt + EVERY_MS - clock();
    if (waitMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), waitMs).unref();
  }

  /** Tells what was not told yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const progress = this.#newest;
    if (!progress) return;
    this.#newest = undefined;
    this.#toldAt = clock();
    const done = numberOf(progress, 'done');
    const total = numberOf(progress, 'total');
    const rows = numberOf(progress, 'rows');
    const part = partOf(dataProperty(progress, 'part'));
    const unit = dataProperty(progress, 'unit');
    const label = wireText(dataProperty(progress, 'label'), this.#bundle);
    if (done === undefined) return;
    say({
      type: 'progress',
      runId: this.#runId,
      done,
      ...(total === undefined ? {} : { total }),
      unit:
        typeof unit === 'string' && unit.length <= 64 && this.#bundle.hasWord(unit)
          ? unit
          : 'items',
      ...(label ? { label } : {}),
      ...(rows === undefined ? {} : { rows }),
      ...(part ? { part } : {}),
    });
  }
}

function partOf(part: unknown): { done: number; total: number; rows?: number } | undefined {
  const [done, total, rows] = ['done', 'total', 'rows'].map((name) => numberOf(part, name));
  if (done === undefined || total === undefined) return undefined;
  return { done, total, ...(rows === undefined ? {} : { rows }) };
}

function numberOf(holder: unknown, name: string): number | undefined {
  const value = dataProperty(holder, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
