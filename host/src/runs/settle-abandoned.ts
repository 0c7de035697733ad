// A host died, or was given up, in the middle of a run. Whoever claims the job next clears up before anything else
// runs: what is left of that run in the database ends, and everybody is told that it is lost.

import type { HostJob } from '../catalog/host-job.ts';
import type { Lease } from '../engine/leases.ts';
import type { RunDeps } from './execute-run.ts';

const LOST = {
  code: 'BFD_RUN_LOST',
  message:
    'The host that ran this stopped renewing its lease. Nothing it did after that was committed.',
};

/** Does nothing when the holder before recorded the end of its run. */
export async function settleAbandoned(
  job: HostJob,
  lease: Lease,
  { database, store, events, endLeftovers }: RunDeps,
): Promise<void> {
  const { abandoned } = lease;
  if (!abandoned) return;
  await endLeftovers(job);
  const lost = await database.transaction(async (client) => {
    const { name, version, plugin } = job;
    const news = await store.markLost(client, abandoned, { job: name, version, plugin }, LOST);
    await lease.forgetAbandonedWith(client);
    return news;
  });
  if (!lost) return;
  const { runId, attempt } = abandoned;
  events.emit({
    event: 'run.finished',
    job: job.name,
    runId,
    attempt,
    trigger: lost.trigger,
    result: 'lost',
    durationMs: Math.round(lost.durationMs),
    counts: {},
    errorCode: LOST.code,
    error: LOST.message,
  });
}
