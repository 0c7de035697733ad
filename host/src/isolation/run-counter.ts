// How many runs a process has taken on. Each time it reads one byte of a file that it was handed open; the position
// in it is shared, so what is left to read tells the host. A message would say the same and wake the host once more in
// each run, for what it asks only of a process that died or does not answer. Nothing can be written there, and reading
// more than is due does the job no good.

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = 'run-counter';

/** Runs that can be counted. */
export const MOST_RUNS = 10_000;

export class RunCounter {
  /** To be handed to the process. */
  readonly fd: number;

  /** @param folder - where {@link writeRunCounter} was called */
  constructor(folder: string) {
    this.fd = openSync(path.join(folder, FILE), 'r');
  }

  /** Reads it, for the only time: nothing is counted after this. */
  read(): number {
    return MOST_RUNS - readSync(this.fd, Buffer.alloc(MOST_RUNS), 0, MOST_RUNS, null);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Makes the file that all counters open, each for itself. */
export function writeRunCounter(folder: string): void {
  writeFileSync(path.join(folder, FILE), Buffer.alloc(MOST_RUNS), { mode: 0o400 });
}
