// A host in a process of its own, and what it tells, line by line.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A line of the host's standard output, as host/docs/events.md describes it. */
export interface ToldEvent {
  readonly event: string;
  readonly job?: string;
  readonly result?: string;
  readonly [field: string]: unknown;
}

/** A command that has ended. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Finished>;
  readonly #events: ToldEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#events.push(JSON.parse(line));
        for (const look of this.#waiting) look();
      });
    }
    this.#ended = finished(child);
    void this.#ended.then(() => {
      this.#isOver = true;
      for (const look of this.#waiting) look();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All it told so far. */
  get events(): readonly ToldEvent[] {
    return this.#events;
  }

  /**
   * The first event told, before or from now on, that has these members; the `nth` of them if given.
   *
   * @throws when the host ends without having told it
   * @example
   * await host.waitFor({ event: 'run.finished', job: 'my-job', result: 'succeeded' });
   */
  async waitFor(wanted: Readonly<Record<string, unknown>>, nth = 1): Promise<ToldEvent> {
    for (;;) {
      const found = this.#events.filter((event) => matches(event, wanted))[nth - 1];
      if (found) return found;
      if (this.#isOver) {
        const { stderr } = await this.#ended;
        throw new Error(`the host ended without telling ${JSON.stringify(wanted)}: ${stderr}`);
      }
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<Finished> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

function matches(event: ToldEvent, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([key, value]) => event[key] === value);
}

/** Resolves when the process has ended and its output was read. */
export function finished(child: ChildProcess): Promise<Finished> {
  const out: string[] = [];
  const err: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => err.push(text));
  return new Promise((resolve) => {
    child.once('close', (exitCode) => {
      resolve({ exitCode, stdout: out.join(''), stderr: err.join('') });
    });
  });
}
