// How fast a run gets on and how long the rest will take, from what it says of its progress: over the last seconds, so
// that a slow beginning or a pause is forgotten.

import type { ProgressPart } from '@bfd-host/sdk';
import type { Paced, RunProgress } from './run-store.ts';

const WINDOW_MS = 10_000;

/** Progress as a job's process tells it. */
export interface ToldProgress {
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
  readonly label?: string;
  readonly rows?: number;
  readonly part?: ProgressPart;
}

export class Pace {
  readonly #whole = new Stretch();
  /** By label: parts may take turns. */
  readonly #parts = new Map<string, Stretch>();

  /**
   * @param now - in milliseconds, of a clock that is never set back
   * @example
   * pace.of({ done: 20, total: 100, unit: 'bytes' }, 1000); // told { done: 0, … } at 0: 20 a second, 4 seconds left
   */
  of(progress: ToldProgress, now: number): RunProgress {
    const { part, label } = progress;
    return {
      ...progress,
      ...this.#whole.pace(progress, now),
      ...(part && { part: { ...part, ...this.#part(label ?? '', part, now) } }),
    };
  }

  #part(label: string, part: ProgressPart, now: number): Omit<Paced, 'done'> {
    const stretch = this.#parts.get(label) ?? new Stretch();
    if (part.done < part.total) this.#parts.set(label, stretch);
    else this.#parts.delete(label);
    return stretch.pace(part, now);
  }
}

interface Reached {
  readonly done: number;
  readonly rows: number | undefined;
  readonly at: number;
}

/** What was reached when, lately. */
class Stretch {
  readonly #reached: Reached[] = [];

  pace(
    { done, total, rows }: { done: number; total?: number; rows?: number },
    at: number,
  ): Omit<Paced, 'done'> {
    // One that is older than the window stays: the pace is that of the whole window.
    while ((this.#reached[1]?.at ?? at) < at - WINDOW_MS) this.#reached.shift();
    this.#reached.push({ done, rows, at });
    const [first] = this.#reached;
    const seconds = first ? (at - first.at) / 1000 : 0;
    if (!first || seconds <= 0) return {};
    const perSecond = Math.max(0, (done - first.done) / seconds);
    return {
      perSecond: rounded(perSecond),
      ...(rows !== undefined &&
        first.rows !== undefined && {
          rowsPerSecond: rounded(Math.max(0, (rows - first.rows) / seconds)),
        }),
      ...(total !== undefined &&
        perSecond > 0 && { secondsLeft: rounded(Math.max(0, total - done) / perSecond) }),
    };
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
