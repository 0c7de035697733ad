// One run, here and now, with or without a running host: what a Kubernetes Job, a Nomad batch or a Step
// Functions task calls. It takes the same lease as a host would.

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { HostJob } from '../catalog/host-job.ts';
import { ConfigError } from '../config/config-error.ts';
import { type Notice, NotificationListener } from '../database/notifications.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { ItemWorker, type ItemWorkerOptions } from '../engine/item-worker.ts';
import { Leases, type StopReason } from '../engine/leases.ts';
import { RunQueue } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { JobProcesses } from '../isolation/job-process.ts';
import { executeRun, type RunDeps } from '../runs/execute-run.ts';
import { endLeftovers, processSpec } from '../runs/process-spec.ts';
import { settleAbandoned } from '../runs/settle-abandoned.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { userName } from './asker.ts';
import { claimWhenOpen } from './claim-when-open.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { outputSink } from './output-sink.ts';
import { unknownJob } from './unknown-job.ts';

export interface RunCommandOptions {
  readonly config: string;
  readonly json?: boolean;
  /** Waits until the job may run and nobody else runs it, instead of giving up. */
  readonly wait?: boolean;
}

const GRACE_MS = 10_000;

export async function runCommand(name: string, options: RunCommandOptions): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const { setup, services, database, store, bootId } = open;
  const { config, jobs } = setup;
  const names = jobs.map((known) => known.name);
  const job = jobs.find((candidate) => candidate.name === name);
  if (!job) throw unknownJob(name, jobs);
  if (job.state.kind === 'refused') throw new ConfigError(options.config, job.state.problems);
  const hosts = new HostRegistry(database, bootId);
  await hosts.registerJobs(names);
  const stop = new AbortController();
  stopOnSignal(stop);
  await using queue = await RunQueue.open(database, names, () => {});
  const claimed = await claimWhenOpen(job, open, queue, options.wait === true, stop.signal);
  if (typeof claimed === 'string') {
    const advice = options.wait ? '' : ' Add --wait to wait for it.';
    process.stderr.write(`${name} was not run (BFD_RUN_BLOCKED): ${claimed}.${advice}\n`);
    return stop.signal.aborted ? EXIT.cancelled : EXIT.blocked;
  }
  await using held = claimed.lease;
  // A host keeps quiet about runs that find nothing; who asked for this one wants to know.
  const { sink } = outputSink(options, { tellsIdle: true });
  await using telemetry = new Telemetry({
    config: config.telemetry,
    env: process.env,
    bootId,
    output: sink,
  });
  await using processes = new JobProcesses({ stateFolder: path.join(config.stateFolder, 'jobs') });
  const run = {
    job,
    runId: randomUUID(),
    attempt: 1,
    trigger: { kind: 'manual', requestedBy: userName() } as const,
    lease: held,
    ranWith: claimed.ranWith,
  };
  const itemsOf = (known: HostJob) => queue.items(known.name, known.plugin.sha256);
  const deps: RunDeps = {
    database,
    itemsOf,
    store,
    processes,
    events: telemetry.events,
    tracing: telemetry.tracing,
    requests: new RunRequests(database, queue),
    specOf: (known) => processSpec(known, services),
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
        isOurs: (runId) => runId === run.runId,
        onTrouble: () => {},
      })
    : undefined;
  const onCancel = (notice: Notice) => {
    if (notice.kind === 'wake') return worker?.wake();
    worker?.cancel(notice.runId);
    if (notice.runId === run.runId) stop.abort(CANCELLED);
  };
  await using listener = new NotificationListener(
    services.directUrl,
    `bfd-host cli ${bootId.slice(0, 8)}`,
    onCancel,
  );
  await listener.start();
  await settleAbandoned(job, held, deps);
  await held.assign(run);
  const ending = await executeRun(run, deps, stop.signal, graceMs);
  return exitCodeOf(ending);
}

const CANCELLED: StopReason = 'cancelled';

function stopOnSignal(stop: AbortController): void {
  process.once('SIGINT', () => stop.abort(CANCELLED));
  process.once('SIGTERM', () => stop.abort(CANCELLED));
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
