// One run from claim to record: hand it to the job's process, tell what it says, write down how it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Trigger } from '@bfd-host/sdk';
import type { HostJob } from '../catalog/host-job.ts';
import type { ItemQueue } from '../engine/item-queue.ts';
import { type ClaimedRun, type StopReason } from '../engine/leases.ts';
import { retryDelayMs } from '../engine/retry-policy.ts';
import { BfdError, HostFaultError } from '../errors.ts';
import type { JobProcesses, JobProcessSpec, RunEnd } from '../isolation/job-process.ts';
import type { RunSpan, Tracing } from '../telemetry/tracing.ts';
import { endingOf } from './endings.ts';
import { FanOut } from './fan-out.ts';
import {
  aborted,
  type RecordDeps,
  type RunToRecord,
  recordEnd,
  recordingTime,
  tellBreaker,
} from './record-end.ts';
import { RunNews } from './run-news.ts';
import type { RunEnding, RunIdentity } from './run-store.ts';

export interface RunDeps extends RecordDeps {
  readonly processes: Pick<JobProcesses, 'run'>;
  readonly tracing: Tracing;
  readonly specOf: (job: HostJob) => Promise<JobProcessSpec>;
  /** Where items of `ctx.forEach` go; absent: each run works on its own. */
  readonly itemsOf?: (job: HostJob) => Promise<ItemQueue>;
  /** Ends database sessions that a run of the job on a dead host left behind. */
  readonly endLeftovers: (job: HostJob) => Promise<void>;
}

export interface RunToExecute extends RunToRecord {
  readonly runId: string;
  readonly trigger: Trigger;
  /** What it waited for last. */
  readonly waitedFor?: string;
  /** Versions of its dependencies, by job. */
  readonly ranWith: Readonly<Record<string, string>>;
}

export interface EndedRun {
  readonly ending: RunEnding;
  /** What was claimed when it ended; the caller's to see to. */
  readonly next?: ClaimedRun;
}

/**
 * Runs it and records how it ended.
 *
 * @param toldToStop - aborted with a {@link StopReason} to end the run early
 * @param graceMs - what the run then gets to finish, before its process is killed
 */
export async function executeRun(
  run: RunToExecute,
  deps: RunDeps,
  toldToStop: AbortSignal,
  graceMs: number,
): Promise<EndedRun> {
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
    spanId: span.spanId,
    ...(run.taken ? { dueAt: run.taken.dueAt, ticketId: run.taken.ticket.id } : {}),
    ...(run.waitedFor === undefined ? {} : { waitedFor: run.waitedFor }),
    ranWith: run.ranWith,
  };
  const stop = AbortSignal.any([toldToStop, lease.cancelAsked]);
  const news = new RunNews(identity, span, deps);
  const beganAt = performance.now();
  const end = await runInProcess(run, deps, news, span, stop, graceMs);
  const durationMs = performance.now() - beganAt;
  const told = endingOf(end, { stop, lost: lease.lost, progress: news.progress });
  const retryInMs = run.taken && retryDelayMs(run.attempt, told, job.retries);
  using patience = recordingTime(lease.lost, stop, graceMs);
  await Promise.race([news.settled(), aborted(patience.isOver)]);
  const how = { ending: told, wasVisible: news.isVisible, retryInMs };
  const recorded = await recordEnd(run, identity, how, deps, patience.isOver);
  const { ending, next } = recorded;
  span.end(ending);
  news.finished(ending, durationMs, recorded);
  tellBreaker(job, recorded.breakerChange, deps.events);
  // The last lines of its log: nobody waits long for them.
  await Promise.race([news.settled(), sleep(LAST_LINES_MS, undefined, { ref: false })]);
  return { ending, ...(next ? { next } : {}) };
}

async function runInProcess(
  { job, runId, attempt, trigger, lease }: RunToExecute,
  { specOf, processes, itemsOf, database }: RunDeps,
  news: RunNews,
  span: RunSpan,
  stop: AbortSignal,
  graceMs: number,
): Promise<RunEnd> {
  try {
    const { epoch } = lease;
    const { traceparent, jobSpanId } = span;
    const trace = { traceparent, jobSpanId };
    const request = { runId, attempt, epoch, trigger, graceMs, ...trace, ...timeouts(job) };
    const signal = AbortSignal.any([stop, lease.lost]);
    const queue = job.fanOut ? await itemsOf?.(job) : undefined;
    const fanOut = queue && new FanOut({ runId, epoch, traceparent }, queue, database);
    const hooks = news.hooks();
    if (!fanOut) return await processes.run(await specOf(job), request, hooks, signal);
    const spread = { ...hooks, fanOut: fanOut.hooks(hooks.progress) };
    const end = await processes.run(await specOf(job), request, spread, signal);
    // Should this fail, the next run removes them.
    await fanOut.close({ hasSucceeded: end.kind === 'returned' }).catch(() => {});
    return end;
  } catch (error) {
    return notRun(error);
  }
}

/** A run that the host could not see through: what it said itself, or that it met an error of its own. */
function notRun(error: unknown): RunEnd {
  const { code, message } = error instanceof BfdError ? error : new HostFaultError(error);
  return { kind: 'threw', error: { code, message, places: [], isPermanent: false } };
}

function timeouts(job: HostJob) {
  if (!job.timeout) return {};
  const { softMs, hardMs } = job.timeout;
  return { softTimeoutMs: softMs, hardTimeoutMs: hardMs };
}

const LAST_LINES_MS = 500;
