// One run from claim to record: hand it to the job's process, tell what it says, write down how it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Trigger } from '@bfd-host/sdk';
import type { HostJob } from '../catalog/host-job.ts';
import type { Client, Database } from '../database/database.ts';
import { isPassing } from '../database/database-error.ts';
import type { WakeNotices } from '../database/notifications.ts';
import type { HostRegistry } from '../engine/host-registry.ts';
import type { ItemQueue } from '../engine/item-queue.ts';
import {
  type ClaimAfter,
  type ClaimedRun,
  type Lease,
  LeaseLostError,
  type StopReason,
} from '../engine/leases.ts';
import type { RunQueue, TakenRun } from '../engine/queue.ts';
import type { RunRequests } from '../engine/requests.ts';
import { retryDelayMs } from '../engine/retry-policy.ts';
import { BfdError, HostFaultError } from '../errors.ts';
import { type BreakerChange, CrashBreaker } from '../isolation/crash-breaker.ts';
import type { JobProcesses, JobProcessSpec, RunEnd } from '../isolation/job-process.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { RunSpan, Tracing } from '../telemetry/tracing.ts';
import { endingOf } from './endings.ts';
import { FanOut } from './fan-out.ts';
import { RunNews } from './run-news.ts';
import type { CrashesBefore, RunEnding, RunIdentity, RunStore } from './run-store.ts';

export interface RunDeps {
  readonly database: Database;
  readonly store: RunStore;
  readonly processes: Pick<JobProcesses, 'run'>;
  readonly events: EventSink;
  readonly tracing: Tracing;
  readonly specOf: (job: HostJob) => Promise<JobProcessSpec>;
  /** Where items of `ctx.forEach` go; absent: each run works on its own. */
  readonly itemsOf?: (job: HostJob) => Promise<ItemQueue>;
  /** Absent for a run outside a host, which has no queue to tell. */
  readonly queue?: RunQueue;
  readonly requests?: RunRequests;
  /** Tells all hosts that a job, and a place in its pool, are free; absent where there are none. */
  readonly wakes?: Pick<WakeNotices, 'tell'>;
  /** Knows whom to ask for a run when this one succeeded. */
  readonly hosts: Pick<HostRegistry, 'followers'>;
  /** Ends database sessions that a run of the job on a dead host left behind. */
  readonly endLeftovers: (job: HostJob) => Promise<void>;
}

export interface RunToExecute {
  readonly job: HostJob;
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly lease: Lease;
  /** Its place in the queue; absent for a run that was never queued. */
  readonly taken?: TakenRun;
  /** Asked when it ends well: whether and how to claim the next run of its job by the same statement. */
  readonly claimAfter?: () => ClaimAfter | undefined;
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
  let told = endingOf(end, { stop, lost: lease.lost, progress: news.progress });
  let retryInMs = run.taken && retryDelayMs(run.attempt, told, job.retries);
  using patience = recordingTime(lease.lost, stop, graceMs);
  await Promise.race([news.settled(), aborted(patience.isOver)]);
  let breakerChange: BreakerChange;
  let next: ClaimedRun | undefined;
  const record = (how: RunEnding) => {
    const { store } = deps;
    const wasVisible = news.isVisible;
    // The usual end is one statement. The rest has more to write, and all of it or nothing.
    const mayBeAlone = how.result === 'succeeded';
    const alone = async ({ pool }: Database) => {
      const after = run.claimAfter?.();
      if (!after) {
        const options = { wasVisible, isAlone: true };
        return (await store.end(pool, identity, how, options)) !== undefined;
      }
      const ended = await store.endAndClaim(identity, how, { wasVisible, next: after });
      next = ended?.next;
      return ended !== undefined;
    };
    const together = async (client: Client) => {
      const before = await store.end(client, identity, how, { wasVisible, isAlone: false });
      breakerChange = before && (await noteCrash(client, job, how, before, deps));
      await askFollowers(client, job, how, deps);
      await sendAgain(client, run, how, retryInMs, deps);
      return true;
    };
    return recordEnd(identity, deps, patience.isOver, (database) =>
      lease.settleBy(
        async () =>
          (mayBeAlone && (await alone(database))) || (await database.transaction(together)),
      ),
    );
  };
  const isRecorded =
    told.result !== 'lost' &&
    (await record(told).catch((error: unknown) => {
      // Not for want of a database: this cannot be written. Left alone, the run would start again, and again.
      told = unwritable(told, error);
      retryInMs = undefined;
      return record(told);
    }));
  // The host that takes the job over records this run as lost, and has its place in the queue.
  const ending = isRecorded ? told : lostEnding(told);
  // Others may want what it no longer holds.
  if (isRecorded && !next) deps.wakes?.tell();
  span.end(ending);
  news.finished(ending, durationMs, { isRecorded, retryInMs });
  if (isRecorded) tellBreaker(job, breakerChange, deps.events);
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

/** The end of a run whose own words the database refuses. Final: the work may have been done. */
function unwritable({ result, version }: RunEnding, error: unknown): RunEnding {
  const { message } = new HostFaultError(error);
  return {
    result: result === 'succeeded' ? 'failed' : result,
    counts: {},
    ...(version === undefined ? {} : { version }),
    error: { code: 'BFD_RUN_NOT_RECORDED', message, places: [], isPermanent: true },
  };
}

function lostEnding({ result, progress, error }: RunEnding): RunEnding {
  return {
    result: 'lost',
    counts: {},
    ...(progress ? { progress } : {}),
    error:
      result === 'lost' && error
        ? error
        : {
            code: 'BFD_RUN_NOT_RECORDED',
            message:
              'How this run ended could not be written down: the database was away, or another host has taken the job over.',
            places: [],
            isPermanent: false,
          },
  };
}

function timeouts(job: HostJob) {
  if (!job.timeout) return {};
  const { softMs, hardMs } = job.timeout;
  return { softTimeoutMs: softMs, hardTimeoutMs: hardMs };
}

const LAST_LINES_MS = 500;
const RECORD_MS = 2000;

/** How long to try to record the end of a run: until the lease is lost, and not for long when told to stop. */
function recordingTime(lost: AbortSignal, stop: AbortSignal, graceMs: number) {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => {
    timer = setTimeout(() => over.abort(), graceMs + RECORD_MS);
  };
  if (stop.aborted) timer = setTimeout(() => over.abort(), RECORD_MS);
  else stop.addEventListener('abort', onStop, { once: true });
  return {
    isOver: AbortSignal.any([lost, over.signal]),
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    },
  };
}

const WRITE_AGAIN_MS = 500;
const ASK_MS = 1000;

/**
 * Writes the end of a run, again and again while the database is away: what was done must be known to have
 * been done. Gives up when the lease is lost, since then another host decides.
 *
 * @returns whether it is written
 */
async function recordEnd(
  run: RunIdentity,
  { database, store }: RunDeps,
  isOver: AbortSignal,
  write: (database: Database) => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    try {
      const written = write(database);
      if (await Promise.race([written, aborted(isOver).then(() => false)])) return true;
    } catch (error) {
      if (error instanceof LeaseLostError) break;
      if (!isPassing(error)) throw error;
    }
    if (isOver.aborted) break;
    await sleep(WRITE_AGAIN_MS, undefined, { signal: isOver }).catch(() => {});
  }
  // The connection may have broken between a commit and the word of it.
  const isWritten = store.hasFinished(run).catch(() => false);
  return Promise.race([isWritten, sleep(ASK_MS, false, { ref: false })]);
}

/** Resolves when `signal` is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Counts a crash, or forgets the crashes before this run, since it ended with its process alive. */
async function noteCrash(
  client: Client,
  job: HostJob,
  { result }: RunEnding,
  { crashes, asOf }: CrashesBefore,
  { store }: RunDeps,
): Promise<BreakerChange> {
  if (!asOf || (result !== 'crashed' && !crashes)) return undefined;
  if (result !== 'crashed' && result !== 'succeeded' && result !== 'failed') return undefined;
  const breaker = new CrashBreaker(crashes ?? undefined);
  const change = result === 'crashed' ? breaker.crashed(asOf.getTime()) : breaker.survived();
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

async function askFollowers(
  client: Client,
  job: HostJob,
  { result, outcome }: RunEnding,
  { hosts, requests }: RunDeps,
): Promise<void> {
  if (result !== 'succeeded' || !requests) return;
  const didWork = outcome === 'work-done';
  for (const { job: name, priority } of await hosts.followers(client, job.name, { didWork })) {
    await requests.askWith(client, name, { kind: 'dependency', upstream: job.name }, { priority });
  }
}

/** A run that goes on later gets a new place in the queue, now that its own is given up. */
async function sendAgain(
  client: Client,
  { taken, attempt }: RunToExecute,
  { result }: RunEnding,
  retryInMs: number | undefined,
  { queue }: RunDeps,
): Promise<void> {
  if (!queue || !taken) return;
  // An interrupted run is not the job's fault: it goes on with the same attempt.
  if (result === 'interrupted') await queue.sendBack(client, taken);
  else if (retryInMs !== undefined) {
    await queue.send(client, { ...taken, attempt: attempt + 1 }, { delayMs: retryInMs });
  }
}
