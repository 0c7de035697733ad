// The lines a run logged that are not written down yet: so many of the newest, whatever a job logs and however long the
// database is away.

import type { SafeLogLine } from '../isolation/job-process.ts';
import type { LogLine } from './run-records.ts';
import { KEPT_LOG_LINES } from './run-store.ts';

/** A line, and how long ago it was logged: the database knows what time it is. */
export interface AgedLogLine extends LogLine {
  readonly agoMs: number;
}

interface Waiting extends LogLine {
  readonly at: number;
}

export class RunLog {
  #waiting: Waiting[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes a line for people; those for looking closely are not kept. */
  add({ level, message, fields }: SafeLogLine): void {
    if (level === 'debug') return;
    this.#waiting.push({ level, message, fields, at: performance.now() });
    // Twice as many, so that not every line moves all others.
    if (this.#waiting.length > 2 * KEPT_LOG_LINES) this.#drop();
  }

  /** The lines that wait, and lets go of them. */
  take(): readonly AgedLogLine[] {
    this.#drop();
    const taken = this.#waiting.map(({ at, ...line }) => ({
      ...line,
      agoMs: performance.now() - at,
    }));
    this.#waiting = [];
    return taken;
  }

  /** Takes lines back that could not be written. */
  putBack(lines: readonly AgedLogLine[]): void {
    const again = lines.map(({ agoMs, ...line }) => ({ ...line, at: performance.now() - agoMs }));
    this.#waiting.unshift(...again);
    this.#drop();
  }

  #drop(): void {
    this.#waiting.splice(0, this.#waiting.length - KEPT_LOG_LINES);
  }
}
