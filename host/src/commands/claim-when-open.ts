// What `run` waits for: open gates, and the lease.

import { setTimeout } from 'node:timers/promises';
import type { HostJob } from '../catalog/host-job.ts';
import { type Lease, Leases } from '../engine/leases.ts';
import type { RunQueue } from '../engine/queue.ts';
import { closedGateText } from '../gate/closed-gate.ts';
import { closedGate, placeInPool, versionsOf } from '../gate/gates.ts';
import type { OpenStore } from './open-store.ts';

const LOOK_AGAIN_MS = 500;

export interface Claimed {
  readonly lease: Lease;
  readonly ranWith: Readonly<Record<string, string>>;
}

/** The lease once gates are open and nobody holds it; or, without `wait`, why not. */
export async function claimWhenOpen(
  job: HostJob,
  { setup, store, database, bootId }: OpenStore,
  queue: RunQueue,
  wait: boolean,
  stop: AbortSignal,
): Promise<Claimed | string> {
  const leases = new Leases(database, bootId);
  const { pools } = setup.config;
  for (;;) {
    const states = await store.jobStates();
    const depth = await queue.depth(job.dependsOn.map((dependency) => dependency.job));
    const gate = closedGate(job, { states, depth, pools });
    const lease = gate ? undefined : await leases.claim(job.name, placeInPool(job, pools));
    if (lease) return { lease, ranWith: versionsOf(job, states) };
    const reason = gate ? closedGateText(gate) : 'it is running already';
    if (!wait || stop.aborted) return reason;
    await setTimeout(LOOK_AGAIN_MS);
  }
}
