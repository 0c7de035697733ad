// Whether a run that did not succeed is tried again, and when.

import type { JobRetries } from '../catalog/host-job.ts';
import type { RunEnding } from '../runs/run-store.ts';

/**
 * Milliseconds until the next try, or `undefined` if there is none.
 *
 * @param attempt - the try that ended so, from 1
 * @param random - in [0, 1): spreads the tries of many jobs that failed together
 */
export function retryDelayMs(
  attempt: number,
  { result, error }: Pick<RunEnding, 'result' | 'error'>,
  { limit, delayMs, maxDelayMs, codes }: JobRetries,
  random = Math.random(),
): number | undefined {
  if (attempt > limit || error?.isPermanent) return undefined;
  if (result !== 'failed' && result !== 'crashed' && result !== 'timed-out') return undefined;
  if (codes && !codes.includes(error?.code ?? '')) return undefined;
  const full = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
