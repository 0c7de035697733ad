// How a run ended, from what its process said and from what was asked of it.

import type { StopReason } from '../engine/leases.ts';
import type { RunEnd } from '../isolation/job-process.ts';
import type { RunEnding, RunProgress, RunResult } from './run-store.ts';

interface Circumstances {
  /** Aborted when the run was told to stop, with the reason. */
  readonly stop: AbortSignal;
  /** Aborted when the lease was lost. */
  readonly lost: AbortSignal;
  readonly progress: RunProgress | undefined;
}

export function endingOf(end: RunEnd, { stop, lost, progress }: Circumstances): RunEnding {
  const told = progress ? { progress } : {};
  if (end.kind === 'returned') {
    const { outcome } = end;
    return {
      result: 'succeeded',
      outcome: outcome.kind,
      counts: outcome.kind === 'work-done' ? outcome.counts : {},
      ...(outcome.version === undefined ? {} : { version: outcome.version }),
      ...told,
    };
  }
  return { result: resultOf(end, stop, lost), counts: {}, error: end.error, ...told };
}

function resultOf(
  end: Exclude<RunEnd, { kind: 'returned' }>,
  stop: AbortSignal,
  lost: AbortSignal,
): RunResult {
  if (lost.aborted || end.error.code === 'BFD_LEASE_LOST') return 'lost';
  if (stop.aborted) return stopResult(stop.reason as StopReason);
  if (end.error.code === 'BFD_RUN_TIMED_OUT') return 'timed-out';
  return end.kind === 'threw' ? 'failed' : 'crashed';
}

function stopResult(reason: StopReason): RunResult {
  switch (reason) {
    case 'stopping':
      return 'interrupted';
    case 'cancelled':
      return 'cancelled';
  }
}
