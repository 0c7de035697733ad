// What must hold before a run may start. Read from the database's job rows, never from the run table, whose
// rows are pruned.

import type { HostJob, JobDependency } from '../catalog/host-job.ts';
import type { PoolPlace } from '../engine/leases.ts';
import { CrashBreaker } from '../isolation/crash-breaker.ts';
import type { JobState } from '../runs/job-state.ts';
import type { ClosedGate } from './closed-gate.ts';
import { versionSatisfies } from './versions.ts';

/** Everything a gate looks at. */
export interface GateFacts {
  readonly states: ReadonlyMap<string, JobState>;
  /** Runs that wait or are being worked on, by job. */
  readonly depth: ReadonlyMap<string, { readonly waiting: number; readonly active: number }>;
  /** How many jobs of a pool may run at once, on all hosts together. */
  readonly pools: Readonly<Record<string, number>>;
}

type GatedJob = Pick<HostJob, 'name' | 'dependsOn' | 'pool'>;

/** The first gate that keeps a queued run of `job` from starting; none if it may. */
export function closedGate(job: GatedJob, facts: GateFacts): ClosedGate | undefined {
  const state = facts.states.get(job.name);
  return pauseGate(state) ?? crashGate(state) ?? dependencyGate(job, facts) ?? poolGate(job, facts);
}

/** What keeps the job itself from running, whatever it depends on and whoever else runs. */
export function ownGate(state: JobState | undefined): ClosedGate | undefined {
  return pauseGate(state) ?? crashGate(state);
}

function pauseGate(state: JobState | undefined): ClosedGate | undefined {
  if (!state?.pausedAt) return undefined;
  return { kind: 'paused', since: state.pausedAt, by: state.pausedBy ?? 'somebody' };
}

/** Whether a job whose process keeps dying may start now. A run that is let through then is the probe. */
function crashGate(state: JobState | undefined): ClosedGate | undefined {
  if (!state?.crashes) return undefined;
  const { crashes, asOf } = state;
  const verdict = new CrashBreaker(crashes).verdict(asOf.getTime());
  if (verdict.kind !== 'wait') return undefined;
  const until = new Date(verdict.until);
  return verdict.isQuarantined
    ? { kind: 'quarantined', since: new Date(crashes.openedAt ?? asOf), until }
    : { kind: 'crash-backoff', until };
}

function dependencyGate({ dependsOn }: GatedJob, facts: GateFacts): ClosedGate | undefined {
  for (const dependency of dependsOn) {
    const gate = gateOf(dependency, facts);
    if (gate) return gate;
  }
  return undefined;
}

function gateOf(
  { job: dependency, version, maxAgeMs, isPresent }: JobDependency,
  { states, depth }: GateFacts,
): ClosedGate | undefined {
  if (!isPresent) return undefined;
  const { waiting = 0, active = 0 } = depth.get(dependency) ?? {};
  const state = states.get(dependency);
  if (state?.isRunning || active > 0) return { kind: 'dependency-running', dependency };
  if (waiting > 0) return { kind: 'dependency-queued', dependency };
  if (!state?.lastFinishedAt || !state.lastResult) {
    return { kind: 'dependency-never-ran', dependency };
  }
  const { lastResult: result, lastErrorCode: errorCode, lastVersion, lastFinishedAt, asOf } = state;
  if (result !== 'succeeded') return { kind: 'dependency-failed', dependency, result, errorCode };
  if (version !== undefined && !versionSatisfies(lastVersion ?? '', version)) {
    return { kind: 'dependency-version', dependency, found: lastVersion, wanted: version };
  }
  if (maxAgeMs !== undefined && asOf.getTime() - lastFinishedAt.getTime() > maxAgeMs) {
    return { kind: 'dependency-too-old', dependency, finishedAt: lastFinishedAt, maxAgeMs };
  }
  return undefined;
}

// Seen here to say why; that no two take the last place is seen to by the claim.
function poolGate(job: GatedJob, { states, pools }: GateFacts): ClosedGate | undefined {
  const place = placeInPool(job, pools);
  if (!place) return undefined;
  const holders = [...states.values()]
    .filter((state) => state.name !== job.name && state.isRunning && state.pool === place.pool)
    .map((state) => state.name)
    .sort();
  return holders.length < place.limit ? undefined : { kind: 'pool-full', ...place, holders };
}

/** The place a run of `job` takes while it lasts. */
export function placeInPool(
  { pool }: Pick<HostJob, 'pool'>,
  pools: GateFacts['pools'],
): PoolPlace | undefined {
  const limit = pool === undefined ? undefined : pools[pool];
  return pool === undefined || limit === undefined ? undefined : { pool, limit };
}

/** Versions of these jobs as their latest finished runs brought them about, by job. */
export function versionsOf(
  { dependsOn }: Pick<HostJob, 'dependsOn'>,
  states: GateFacts['states'],
): Record<string, string> {
  const versions = dependsOn.flatMap(({ job }): [string, string][] => {
    const version = states.get(job)?.lastVersion;
    return version ? [[job, version]] : [];
  });
  return Object.fromEntries(versions);
}
