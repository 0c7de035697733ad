// Letting go must not hang on a database that does not answer.

import { setTimeout } from 'node:timers/promises';

/** Waits for `work` to end, well or not, but no longer than this. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const waited = new AbortController();
  await Promise.race([
    work.catch(() => {}),
    setTimeout(milliseconds, undefined, { signal: waited.signal }).catch(() => {}),
  ]);
  waited.abort();
}
