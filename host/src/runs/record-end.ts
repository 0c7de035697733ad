// Writes down how a run ended, with all that follows from it: lease and queue given back, crashes counted, followers asked,
// the next try queued. All of it or nothing, and again while the database is away.

import { setTimeout as sleep } from 'node:timers/promises';
import type { HostJob } from '../catalog/host-job.ts';
import type { Client, Database } from '../database/database.ts';
import { isPassing } from '../database/database-error.ts';
import type { WakeNotices } from '../database/notifications.ts';
import type { HostRegistry } from '../engine/host-registry.ts';
import { type ClaimAfter, type ClaimedRun, type Lease, LeaseLostError } from '../engine/leases.ts';
import type { RunQueue, TakenRun } from '../engine/queue.ts';
import type { RunRequests } from '../engine/requests.ts';
import { HostFaultError } from '../errors.ts';
import { type BreakerChange, CrashBreaker } from '../isolation/crash-breaker.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { CrashesBefore, RunEnding, RunIdentity, RunStore } from './run-store.ts';

export interface RecordDeps {
  readonly database: Database;
  readonly store: RunStore;
  readonly events: EventSink;
  /** Absent for a run outside a host, which has no queue to tell. */
  readonly queue?: RunQueue;
  readonly requests?: RunRequests;
  /** Tells all hosts that a job, and a place in its pool, are free; absent where there are none. */
  readonly wakes?: Pick<WakeNotices, 'tell'>;
  /** Knows whom to ask for a run when this one succeeded. */
  readonly hosts: Pick<HostRegistry, 'followers'>;
}

export interface RunToRecord {
  readonly job: HostJob;
  readonly attempt: number;
  readonly lease: Lease;
  /** Its place in the queue; absent for a run that was never queued. */
  readonly taken?: TakenRun;
  /** Asked when it ends well: whether and how to claim the next run of its job by the same statement. */
  readonly claimAfter?: () => ClaimAfter | undefined;
}

export interface EndToRecord {
  readonly ending: RunEnding;
  /** Whether somebody was told of the run while it went on. */
  readonly wasVisible: boolean;
  /** After which its next attempt may begin; absent: there is none. */
  readonly retryInMs: number | undefined;
}

/** What could be written down. */
export interface RecordedEnd extends Pick<EndToRecord, 'ending' | 'retryInMs'> {
  readonly isRecorded: boolean;
  readonly breakerChange: BreakerChange;
  /** Claimed with it; the caller's to see to. */
  readonly next: ClaimedRun | undefined;
}

/** @param isOver - aborted when it is not to be tried any more */
export async function recordEnd(
  run: RunToRecord,
  identity: RunIdentity,
  how: EndToRecord,
  deps: RecordDeps,
  isOver: AbortSignal,
): Promise<RecordedEnd> {
  const { wasVisible } = how;
  let { ending, retryInMs } = how;
  let breakerChange: BreakerChange;
  let next: ClaimedRun | undefined;

  // The usual end is one statement.
  const alone = async (): Promise<boolean> => {
    if (ending.result !== 'succeeded') return false;
    const ended = await deps.store.endAlone(identity, ending, wasVisible, run.claimAfter?.());
    next = ended?.next;
    return ended !== undefined;
  };
  // The rest has more to write, and all of it or nothing.
  const together = async (client: Client): Promise<boolean> => {
    const before = await deps.store.endWith(client, identity, ending, wasVisible);
    breakerChange = await noteCrash(client, run.job, ending, before, deps);
    await askFollowers(client, run.job, ending, deps);
    await sendAgain(client, run, ending, retryInMs, deps);
    return true;
  };
  const write = () =>
    writePatiently(identity, deps, isOver, () =>
      run.lease.settleBy(async () => (await alone()) || deps.database.transaction(together)),
    );

  const isRecorded =
    ending.result !== 'lost' &&
    (await write().catch((error: unknown) => {
      // Not for want of a database: this cannot be written. Left alone, the run would start again, and again.
      ending = unwritable(ending, error);
      retryInMs = undefined;
      return write();
    }));
  // The host that takes the job over records this run as lost, and has its place in the queue.
  if (!isRecorded) {
    return {
      ...{ ending: lostEnding(ending), retryInMs: undefined, isRecorded },
      ...{ breakerChange: undefined, next: undefined },
    };
  }
  // Others may want what it no longer holds.
  if (!next) deps.wakes?.tell();
  return { ending, retryInMs, isRecorded, breakerChange, next };
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

const RECORD_MS = 2000;

/** How long to try to record the end of a run: until the lease is lost, and not for long when told to stop. */
export function recordingTime(lost: AbortSignal, stop: AbortSignal, graceMs: number) {
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
 * Again and again while the database is away: what was done must be known to have been done. Gives up when the lease is
 * lost, since then another host decides.
 *
 * @returns whether it is written
 */
async function writePatiently(
  run: RunIdentity,
  { store }: RecordDeps,
  isOver: AbortSignal,
  write: () => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    try {
      const written = write();
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
export function aborted(signal: AbortSignal): Promise<void> {
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
  { store }: RecordDeps,
): Promise<BreakerChange> {
  if (!asOf || (result !== 'crashed' && !crashes)) return undefined;
  if (result !== 'crashed' && result !== 'succeeded' && result !== 'failed') return undefined;
  const breaker = new CrashBreaker(crashes ?? undefined);
  const change = result === 'crashed' ? breaker.crashed(asOf.getTime()) : breaker.survived();
  await store.noteCrashes(job.name, result === 'crashed' ? breaker.state : null, client);
  return change;
}

export function tellBreaker(job: HostJob, change: BreakerChange, events: EventSink): void {
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
  { hosts, requests }: RecordDeps,
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
  { taken, attempt }: RunToRecord,
  { result }: RunEnding,
  retryInMs: number | undefined,
  { queue }: RecordDeps,
): Promise<void> {
  if (!queue || !taken) return;
  // An interrupted run is not the job's fault: it goes on with the same attempt.
  if (result === 'interrupted') await queue.sendBack(client, taken);
  else if (retryInMs !== undefined) {
    await queue.send(client, { ...taken, attempt: attempt + 1 }, { delayMs: retryInMs });
  }
}
