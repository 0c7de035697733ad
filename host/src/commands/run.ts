// One run, here and now, with or without a running host: what a Kubernetes Job, a Nomad batch or a Step
// Functions task calls. It takes the same lease as a host would.

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { followedJobs } from '../catalog/followed.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { ConfigError } from '../config/config-error.ts';
import { type Notice, NotificationListener, WakeNotices } from '../database/notifications.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { ItemWorker, type ItemWorkerOptions } from '../engine/item-worker.ts';
import { Leases, type StopReason } from '../engine/leases.ts';
import { RunQueue, runIdOfTries } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { BfdError } from '../errors.ts';
import { JobProcesses } from '../isolation/job-process.ts';
import { executeRun, type RunDeps } from '../runs/execute-run.ts';
import { endLeftovers, processSpec } from '../runs/process-spec.ts';
import { settleAbandoned } from '../runs/settle-abandoned.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { userName } from './asker.ts';
import { claimWhenOpen, type NotClaimed } from './claim-when-open.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { outputSink } from './output-sink.ts';
import { STOP_SIGNALS } from './stop-signals.ts';
import { type Standing, standingOf } from './tries.ts';
import { unknownJob } from './unknown-job.ts';
import { WorkToFollow } from './work-to-follow.ts';

export interface RunCommandOptions {
  readonly config: string;
  readonly json?: boolean;
  /** Waits until the job may run and nobody else runs it, instead of giving up. */
  readonly wait?: boolean;
  /** The same for at most so long, in milliseconds. */
  readonly waitFor?: number;
  /** What the caller calls this run: the same at each try of it. */
  readonly runId?: string;
  /**
   * Runs only if a job that this one follows did work since this one last began; a number: waits so long for that, in
   * milliseconds.
   */
  readonly afterWork?: true | number;
  /** Who asks, for the run's record. */
  readonly requestedBy?: string;
}

const GRACE_MS = 10_000;

export async function runCommand(name: string, options: RunCommandOptions): Promise<ExitCode> {
  const stop = new AbortController();
  // Before anything else: the first process of a container has no other way to hear of a signal.
  stopOnSignal(stop);
  await using open = await openStore(options.config);
  const { setup, services, database, store, bootId } = open;
  const { config, jobs } = setup;
  const names = jobs.map((known) => known.name);
  const job = jobs.find((candidate) => candidate.name === name);
  if (!job) throw unknownJob(name, jobs);
  if (job.state.kind === 'refused') throw new ConfigError(options.config, job.state.problems);
  if (options.afterWork !== undefined && followedJobs(job).length === 0)
    throw new FollowsNobodyError(name);
  const runId = options.runId === undefined ? randomUUID() : runIdOfTries(name, options.runId);
  const tries = async () => standingOf(runId, job, store);
  const before = await tries();
  if (before.kind === 'over') return tellOver(name, before);
  const hosts = new HostRegistry(database, bootId);
  await hosts.registerJobs(names);
  await using queue = await RunQueue.open(database, names, () => {});
  const claim = await claimWhenOpen(job, open, queue, {
    waitMs: options.wait ? Number.POSITIVE_INFINITY : (options.waitFor ?? 0),
    stop: stop.signal,
    ...(options.afterWork === undefined
      ? {}
      : {
          work: {
            of: new WorkToFollow(database, job, runId),
            waitMs: options.afterWork === true ? 0 : options.afterWork,
          },
        }),
  });
  if (claim.kind !== 'claimed') return tellNotRun(name, claim, options);
  await using held = claim.lease;
  // A host keeps quiet about runs that find nothing; who asked for this one wants to know.
  const { sink } = outputSink(options, { tellsIdle: true });
  await using telemetry = new Telemetry({
    config: config.telemetry,
    env: process.env,
    bootId,
    output: sink,
  });
  await using processes = new JobProcesses({ stateFolder: path.join(config.stateFolder, 'jobs') });
  const itemsOf = (known: HostJob) => queue.items(known.name, known.plugin.sha256);
  const deps: RunDeps = {
    database,
    itemsOf,
    store,
    processes,
    events: telemetry.events,
    tracing: telemetry.tracing,
    requests: new RunRequests(database, queue),
    wakes: new WakeNotices(database.pool),
    specOf: (known) => processSpec(known, services, setup.config),
    hosts,
    endLeftovers: (known) => endLeftovers(known, services),
  };
  const graceMs = config.stopGraceMs ?? GRACE_MS;
  // Items of this run get done, whether or not a host is there to help.
  await using worker = job.fanOut
    ? workOnItems({
        job,
        queue: await itemsOf(job),
        leases: new Leases(database, bootId),
        runs: deps,
        graceMs,
        isOurs: (id) => id === runId,
        onTrouble: () => {},
      })
    : undefined;
  const onCancel = (notice: Notice) => {
    if (notice.kind === 'wake') return worker?.wake();
    worker?.cancel(notice.runId);
    if (notice.kind === 'cancel' && notice.runId === runId) stop.abort(CANCELLED);
  };
  await using listener = new NotificationListener(
    services.directUrl,
    `bfd-host cli ${bootId.slice(0, 8)}`,
    onCancel,
  );
  await listener.start();
  await settleAbandoned(job, held, deps);
  // Known only now: another try may have had the lease until a moment ago, or have been lost with its host.
  const now = await tries();
  if (now.kind === 'over') return tellOver(name, now);
  const run = {
    job,
    runId,
    attempt: now.attempt,
    trigger: { kind: 'manual', requestedBy: options.requestedBy ?? userName() } as const,
    lease: held,
    ranWith: claim.ranWith,
  };
  await held.assign(run);
  const { ending } = await executeRun(run, deps, stop.signal, graceMs);
  return exitCodeOf(ending, job.retries);
}

/** `--after-work` of a job that has nobody to come after. */
class FollowsNobodyError extends BfdError {
  readonly code = 'BFD_FOLLOWS_NOBODY';
  constructor(job: string) {
    super(
      `${job} runs after no other job, so there is no work to wait for. Leave --after-work out.`,
    );
  }
}

function tellOver(job: string, { how, exitCode }: Extract<Standing, { kind: 'over' }>): ExitCode {
  process.stderr.write(`${job} was not run again: this run ${how} in an earlier try.\n`);
  return exitCode;
}

function tellNotRun(
  job: string,
  claim: NotClaimed,
  { wait, waitFor }: RunCommandOptions,
): ExitCode {
  switch (claim.kind) {
    case 'nothing-to-follow':
      process.stderr.write(
        `${job} was not run: no job that it follows did work since it last began.\n`,
      );
      return EXIT.ok;
    case 'stopped':
      process.stderr.write(`${job} was not run: it was told to stop before it could begin.\n`);
      return EXIT.cancelled;
    case 'blocked': {
      const advice = wait || waitFor ? '' : ' Add --wait to wait for it.';
      process.stderr.write(`${job} was not run (BFD_RUN_BLOCKED): ${claim.reason}.${advice}\n`);
      return EXIT.blocked;
    }
  }
}

const CANCELLED: StopReason = 'cancelled';

function stopOnSignal(stop: AbortController): void {
  for (const signal of STOP_SIGNALS) process.once(signal, () => stop.abort(CANCELLED));
}

const LOOK_EVERY_MS = 1000;

function workOnItems(options: ItemWorkerOptions): ItemWorker & AsyncDisposable {
  const worker = new ItemWorker(options);
  const looking = setInterval(() => worker.wake(), LOOK_EVERY_MS);
  return Object.assign(worker, {
    [Symbol.asyncDispose]: async () => {
      clearInterval(looking);
      await worker.stop();
    },
  });
}
