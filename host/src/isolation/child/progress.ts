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
    const done = dataProperty(progress, 'done');
    const total = dataProperty(progress, 'total');
    const unit = dataProperty(progress, 'unit');
    const label = wireText(dataProperty(progress, 'label'), this.#bundle);
    if (typeof done !== 'number' || !Number.isFinite(done)) return;
    say({
      type: 'progress',
      runId: this.#runId,
      done,
      ...(typeof total === 'number' && Number.isFinite(total) ? { total } : {}),
      unit:
        typeof unit === 'string' && unit.length <= 64 && this.#bundle.hasWord(unit)
          ? unit
          : 'items',
      ...(label ? { label } : {}),
    });
  }
}
