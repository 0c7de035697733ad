// How a job stands, in one word and with the reason: as `bfd-host jobs` and the page show it.

import type { HostJob } from '../catalog/host-job.ts';
import type { JobState } from '../runs/job-state.ts';
import { closedGateText } from './closed-gate.ts';
import { ownGate } from './gates.ts';

export type Standing =
  | 'running'
  /** A run of it is queued. */
  | 'waiting'
  | 'ready'
  | 'paused'
  | 'quarantined'
  | 'disabled'
  | 'refused';

export interface JobStanding {
  readonly standing: Standing;
  /** Why, where that is not plain: one clause. */
  readonly reason: string | null;
}

type StandingJob = Pick<HostJob, 'state'>;

/** @param isQueued - whether a run of it waits; absent: taken from the reason that a host noted */
export function standingOf(
  { state: own }: StandingJob,
  state: JobState | undefined,
  isQueued = typeof state?.blockedReason === 'string',
): JobStanding {
  switch (own.kind) {
    case 'disabled':
      return {
        standing: 'disabled',
        reason:
          own.because === 'manifest' ? 'by default: host.config.json does not enable it' : null,
      };
    case 'refused':
      return {
        standing: 'refused',
        reason: own.problems.map(({ at, problem }) => `${at} ${problem}`).join('; '),
      };
    case 'ready':
      return state?.isRunning ? { standing: 'running', reason: null } : idle(state, isQueued);
  }
}

function idle(state: JobState | undefined, isQueued: boolean): JobStanding {
  const gate = ownGate(state);
  if (gate?.kind === 'paused' || gate?.kind === 'quarantined') {
    return { standing: gate.kind, reason: closedGateText(gate) };
  }
  if (!isQueued) return { standing: 'ready', reason: null };
  return { standing: 'waiting', reason: state?.blockedReason ?? null };
}

/** Whether its latest success is older than it may be; one that never succeeded is not late before it first ran. */
export function isLate(
  { successWithinMs, state: own }: Pick<HostJob, 'successWithinMs' | 'state'>,
  state: JobState | undefined,
): boolean {
  if (successWithinMs === undefined || own.kind !== 'ready' || !state) return false;
  const { lastSuccessAt, lastFinishedAt, asOf } = state;
  if (!lastSuccessAt) return lastFinishedAt !== null;
  return asOf.getTime() - lastSuccessAt.getTime() > successWithinMs;
}
