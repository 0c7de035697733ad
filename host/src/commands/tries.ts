// `run --run-id`: one run of somebody else's, tried more than once. What became of earlier tries is in the database, so
// nobody has to tell the number of this one, and none runs again what was done, or what no try can mend.

import type { HostJob } from '../catalog/host-job.ts';
import type { RunStore } from '../runs/run-store.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';

export type Standing =
  | { readonly kind: 'open'; readonly attempt: number }
  /** It came to its end in an earlier try. */
  | { readonly kind: 'over'; readonly exitCode: ExitCode; readonly how: string };

export async function standingOf(runId: string, job: HostJob, store: RunStore): Promise<Standing> {
  const latest = await store.latestTry(runId);
  if (!latest) {
    // One that found nothing to do has no record but this.
    const state = (await store.jobStates()).get(job.name);
    const isDone = state?.lastRunId === runId && state.lastResult === 'succeeded';
    return isDone ? SUCCEEDED : { kind: 'open', attempt: 1 };
  }
  const { attempt, result, error, isCancelAsked } = latest;
  if (result === 'succeeded') return SUCCEEDED;
  if (result === 'cancelled' && isCancelAsked) {
    return { kind: 'over', exitCode: EXIT.cancelled, how: 'was cancelled' };
  }
  const exitCode =
    result && exitCodeOf({ result, ...(error === undefined ? {} : { error }) }, job.retries);
  if (exitCode === EXIT.failedForGood) {
    return { kind: 'over', exitCode, how: `failed for good (${error?.code ?? 'no code'})` };
  }
  return { kind: 'open', attempt: attempt + 1 };
}

const SUCCEEDED: Standing = { kind: 'over', exitCode: EXIT.ok, how: 'succeeded' };
