// What a job under development prints. A host keeps that in a private file if told to; here the author wants to see it.

import { open } from 'node:fs/promises';
import { consoleOutputFile } from '../runs/process-spec.ts';

const LOOK_MS = 200;
const MOST_BYTES = 256 * 1024;

/** Follows the files in which the console output of jobs is kept. */
export class ConsoleOutput implements Disposable {
  readonly #tell: (job: string, text: string) => void;
  readonly #followed = new Map<string, { job: string; at: number; rest: string }>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(tell: (job: string, text: string) => void) {
    this.#tell = tell;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** From what it prints next on. */
  async follow(job: string, stateFolder: string): Promise<void> {
    const file = consoleOutputFile(stateFolder, job);
    if (this.#followed.has(file)) return;
    this.#followed.set(file, { job, at: await sizeOf(file), rest: '' });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (const [file, place] of this.#followed) {
      const text = await readFrom(file, place.at);
      if (text === undefined) continue;
      place.at += text.length;
      const lines = (place.rest + text.toString('utf8')).split('\n');
      place.rest = lines.pop() ?? '';
      for (const line of lines) this.#tell(place.job, line);
    }
    this.#looking = false;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    await using handle = await open(file);
    return (await handle.stat()).size;
  } catch {
    return 0; // nothing was printed yet
  }
}

async function readFrom(file: string, at: number): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size <= at) return undefined;
    const buffer = Buffer.alloc(Math.min(size - at, MOST_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}
