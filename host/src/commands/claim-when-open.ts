// What `run` waits for: work to follow if it is to come after some, then open gates and the lease.

import { setTimeout } from 'node:timers/promises';
import type { HostJob } from '../catalog/host-job.ts';
import { type Lease, Leases } from '../engine/leases.ts';
import type { RunQueue } from '../engine/queue.ts';
import { closedGateText } from '../gate/closed-gate.ts';
import { closedGate, placeInPool, versionsOf } from '../gate/gates.ts';
import type { OpenStore } from './open-store.ts';
import type { WorkToFollow } from './work-to-follow.ts';

const LOOK_AGAIN_MS = 500;

export interface Patience {
  /** How long to wait for gates and lease, in milliseconds; 0: not at all; may be infinite. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
  /** Absent: the run follows nobody's work. */
  readonly work?: { readonly of: WorkToFollow; readonly waitMs: number };
}

interface Claimed {
  readonly kind: 'claimed';
  readonly lease: Lease;
  readonly ranWith: Readonly<Record<string, string>>;
}

export type NotClaimed =
  | { readonly kind: 'nothing-to-follow' }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'stopped' };

/** The lease once gates are open and nobody holds it; or why not, when patience has run out. */
export async function claimWhenOpen(
  job: HostJob,
  open: OpenStore,
  queue: RunQueue,
  { waitMs, stop, work }: Patience,
): Promise<Claimed | NotClaimed> {
  const found = work ? await awaitWork(work.of, work.waitMs, stop) : 'there';
  if (found !== 'there') return { kind: stop.aborted ? 'stopped' : 'nothing-to-follow' };
  const until = performance.now() + waitMs;
  while (!stop.aborted) {
    const claim = await claimNow(job, open, queue);
    if (claim.kind === 'claimed' || performance.now() >= until) return claim;
    await pause(until, stop);
  }
  return { kind: 'stopped' };
}

async function awaitWork(work: WorkToFollow, waitMs: number, stop: AbortSignal) {
  const until = performance.now() + waitMs;
  while (!stop.aborted) {
    const found = await work.look();
    if (found !== 'not-yet' || performance.now() >= until) return found;
    await pause(until, stop);
  }
  return 'not-yet';
}

async function claimNow(
  job: HostJob,
  { setup, store, database, bootId }: OpenStore,
  queue: RunQueue,
): Promise<Claimed | NotClaimed> {
  const { pools } = setup.config;
  const states = await store.jobStates();
  const depth = await queue.depth(job.dependsOn.map((dependency) => dependency.job));
  const gate = closedGate(job, { states, depth, pools });
  if (gate) return { kind: 'blocked', reason: closedGateText(gate) };
  const lease = await new Leases(database, bootId).claim(job.name, placeInPool(job, pools));
  if (!lease) return { kind: 'blocked', reason: 'it is running already' };
  return { kind: 'claimed', lease, ranWith: versionsOf(job, states) };
}

async function pause(until: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LOOK_AGAIN_MS, Math.max(0, until - performance.now()));
  await setTimeout(ms, undefined, { signal }).catch(() => {}); // told to stop: seen next
}
