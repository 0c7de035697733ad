// One run from claim to record: hand it to the job's process, tell what it says, write down how it ended.

import { setTimeout } from 'node:timers/promises';
import type { Trigger } from '@bfd-host/sdk';
import type { HostJob } from '../catalog/host-job.ts';
import type { Client, Database } from '../database/database.ts';
import { isConnectionError } from '../database/database-error.ts';
import { notify } from '../database/notifications.ts';
import type { Lease } from '../engine/leases.ts';
import type { RunQueue, TakenRun } from '../engine/queue.ts';
import type { RunRequests } from '../engine/requests.ts';
import { retryDelayMs } from '../engine/retry-policy.ts';
import { BfdError } from '../errors.ts';
import { type BreakerChange, CrashBreaker } from '../isolation/crash-breaker.ts';
import type { JobProcesses, JobProcessSpec, RunEnd } from '../isolation/job-process.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { endingOf } from './endings.ts';
import { RunNews } from './run-news.ts';
import type { RunEnding, RunIdentity, RunStore } from './run-store.ts';

export interface RunDeps {
  readonly database: Database;
  readonly store: RunStore;
  readonly processes: JobProcesses;
  readonly events: EventSink;
  readonly tracing: Tracing;
  readonly specOf: (job: HostJob) => Promise<JobProcessSpec>;
  /** Absent for a run outside a host, which has no queue to tell. */
  readonly queue?: RunQueue;
  readonly requests?: RunRequests;
  /** Jobs to ask for a run of when this one did work. */
  readonly dependants: (job: HostJob) => readonly HostJob[];
}

export interface RunToExecute {
  readonly job: HostJob;
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly lease: Lease;
  /** Its place in the queue; absent for a run that was never queued. */
  readonly taken?: TakenRun;
}

/** Why a run is told to stop. */
export type StopReason = 'stopping' | 'cancelled';

/**
 * Runs it and records how it ended.
 *
 * @param stop - aborted with a {@link StopReason} to end the run early
 * @param graceMs - what the run then gets to finish, before its process is killed
 */
export async function executeRun(
  run: RunToExecute,
  deps: RunDeps,
  stop: AbortSignal,
  graceMs: number,
): Promise<RunEnding> {
  const { job, lease } = run;
  const span = deps.tracing.startRun(job.name, run);
  const identity: RunIdentity = {
    runId: run.runId,
    attempt: run.attempt,
    job: job.name,
    jobVersion: job.version,
    plugin: job.plugin.name,
    pluginVersion: job.plugin.version,
    trigger: run.trigger,
    epoch: lease.epoch,
    startedAt: lease.claimedAt,
    traceId: span.traceId,
  };
  if (lease.abandoned) await deps.store.markLost(lease.abandoned, identity);

  const news = new RunNews(identity, deps);
  const beganAt = performance.now();
  const spec = await deps.specOf(job).catch(notStarted);
  const end =
    'kind' in spec
      ? spec
      : await deps.processes.run(
          spec,
          {
            runId: run.runId,
            attempt: run.attempt,
            epoch: lease.epoch,
            trigger: run.trigger,
            traceparent: span.traceparent,
            graceMs,
            ...timeouts(job),
          },
          news.hooks(span),
          AbortSignal.any([stop, lease.lost]),
        );
  const durationMs = performance.now() - beganAt;
  const ending = endingOf(end, { stop, lost: lease.lost, progress: news.progress });
  const retryInMs = run.taken && retryDelayMs(run.attempt, ending, job.retries);
  await news.settled();
  let breakerChange: BreakerChange;
  // The host that took the job over records this run as lost, and has its place in the queue.
  if (ending.result !== 'lost') {
    await untilWritten(deps.database, lease.lost, async (client) => {
      await deps.store.finish(client, identity, ending, { wasVisible: news.isVisible });
      breakerChange = await noteCrash(client, job, ending, deps);
      await askDependants(client, job, ending, deps);
      await settleTicket(client, run, ending, retryInMs, deps);
      await lease.releaseWith(client);
      await notify(client, { kind: 'wake' });
    });
  }
  span.end(ending);
  news.finished(ending, durationMs, retryInMs);
  tellBreaker(job, breakerChange, deps.events);
  return ending;
}

/** A run whose process could not even be described fails with what we ourselves said of it. */
function notStarted(error: unknown): RunEnd {
  if (!(error instanceof BfdError)) throw error;
  const { code, message } = error;
  return { kind: 'threw', error: { code, message, places: [], isPermanent: false } };
}

function timeouts(job: HostJob) {
  if (!job.timeout) return {};
  const { softMs, hardMs } = job.timeout;
  return { softTimeoutMs: softMs, hardTimeoutMs: hardMs };
}

const WRITE_AGAIN_MS = 500;

/**
 * Writes the end of a run, again and again while the database is away: what was done must be known to have
 * been done. Gives up only when the lease is lost, since then another host decides.
 */
async function untilWritten(
  database: Database,
  lost: AbortSignal,
  write: (client: Client) => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      return await database.transaction(write);
    } catch (error) {
      if (lost.aborted || !isConnectionError(error)) throw error;
      await setTimeout(WRITE_AGAIN_MS);
    }
  }
}

/** Counts a crash, or forgets the crashes before this run, since it ended with its process alive. */
async function noteCrash(
  client: Client,
  job: HostJob,
  { result }: RunEnding,
  { store }: RunDeps,
): Promise<BreakerChange> {
  const before = (await store.jobStates(client)).get(job.name)?.crashes;
  if (result !== 'crashed' && !before) return undefined;
  if (result !== 'crashed' && result !== 'succeeded' && result !== 'failed') return undefined;
  const breaker = new CrashBreaker(before ?? undefined);
  const change = result === 'crashed' ? breaker.crashed(Date.now()) : breaker.survived();
  await store.noteCrashes(job.name, result === 'crashed' ? breaker.state : null, client);
  return change;
}

function tellBreaker(job: HostJob, change: BreakerChange, events: EventSink): void {
  if (change === 'quarantined') {
    events.emit({
      event: 'job.quarantined',
      job: job.name,
      message: `is quarantined: its process died three times in five minutes; \`bfd-host release ${job.name}\` lets it back`,
    });
  }
  if (change === 'released') {
    events.emit({ event: 'job.released', job: job.name, message: 'is no longer quarantined' });
  }
}

async function askDependants(client: Client, job: HostJob, ending: RunEnding, deps: RunDeps) {
  if (ending.result !== 'succeeded' || ending.outcome !== 'work-done') return;
  for (const dependant of deps.dependants(job)) {
    await deps.requests?.askWith(client, dependant.name, {
      kind: 'dependency',
      upstream: job.name,
    });
  }
}

async function settleTicket(
  client: Client,
  run: RunToExecute,
  ending: RunEnding,
  retryInMs: number | undefined,
  { queue }: RunDeps,
): Promise<void> {
  if (!queue || !run.taken) return;
  // An interrupted run is not the job's fault: it goes on with the same attempt.
  if (ending.result === 'interrupted') return queue.putBack(client, run.taken, 0);
  await queue.done(client, run.taken);
  if (retryInMs === undefined) return;
  const startAfter = new Date(Date.now() + retryInMs);
  await queue.send(client, { ...run.taken, attempt: run.attempt + 1 }, { startAfter });
}
