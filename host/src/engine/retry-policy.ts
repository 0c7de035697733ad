// Whether a run that did not succeed is tried again, and when.

import type { Retries } from '@bfd-host/sdk';
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
  retries: Retries | undefined,
  random = Math.random(),
): number | undefined {
  if (!retries || attempt > retries.limit || error?.isPermanent) return undefined;
  if (result !== 'failed' && result !== 'crashed' && result !== 'timed-out') return undefined;
  if (retries.codes && !retries.codes.includes(error?.code ?? '')) return undefined;
  const { delayMs = 1000, maxDelayMs = 300_000 } = retries;
  const full = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
