// Whether a run that did not succeed is tried again, and when.

import type { JobRetries } from '../catalog/host-job.ts';
import type { RunResult } from '../runs/run-store.ts';

/** What the policy looks at. */
export interface HowItEnded {
  readonly result: RunResult;
  readonly error?: { readonly code: string; readonly isPermanent: boolean };
}

/**
 * Milliseconds until the next try, or `undefined` if there is none.
 *
 * @param attempt - the try that ended so, from 1
 * @param random - in [0, 1): spreads the tries of many jobs that failed together
 */
export function retryDelayMs(
  attempt: number,
  ending: HowItEnded,
  retries: JobRetries,
  random = Math.random(),
): number | undefined {
  const { limit, delayMs, maxDelayMs } = retries;
  if (attempt > limit || !isWorthRetrying(ending, retries)) return undefined;
  const full = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}

/** Whether another try may end otherwise, however many there were. */
export function isWorthRetrying(
  { result, error }: HowItEnded,
  { codes }: Pick<JobRetries, 'codes'>,
): boolean {
  if (error?.isPermanent) return false;
  if (result !== 'failed' && result !== 'crashed' && result !== 'timed-out') return false;
  return !codes || codes.includes(error?.code ?? '');
}
