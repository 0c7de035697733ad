// What the border around a job costs: a warm run against the round trip of the same payload to a worker thread, a fresh
// start against a bare fork, and the memory of a process that waits.

import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type {
  JobProcessSpec,
  JobProcessStatus,
  RunHooks,
  RunRequest,
} from '../../../host/src/isolation/job-process.ts';
import { Bench } from '../../../test/isolation/support.ts';
import { median, percentile } from './statistics.ts';

const WARM_RUNS = 2000;
/** Until everything on both sides is compiled. */
const WARM_UP = 200;
const FRESH_STARTS = 20;
const MOST_WARM = 2;
const MOST_FRESH = 4;
const MOST_PSS_MB = 80;
const SETTLE_MS = 1000;

/** Answers each message as a job that found nothing to do. */
const ECHO = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ runId }) =>
    parentPort.postMessage({ type: 'result', runId, outcome: { kind: 'nothing-to-do' }, isIdle: true }));`;

const BARE = "process.send('here'); process.disconnect();";

const SILENT: RunHooks = {
  workStarts: () => {},
  progress: () => {},
  log: () => {},
  spans: () => {},
};

/** Of each figure the yardstick, taken in turns with it. */
export async function measureBoundary() {
  await using bench = await Bench.open();
  const warm = await warmRuns(bench);
  const fresh = {
    plain: await freshStarts(bench, bench.spec('fault', { spec: { idleMs: 0 } })),
    withS3: await freshStarts(bench, withS3(bench, { idleMs: 0 })),
  };
  const pssMb = {
    plain: await idlePssMb(bench, bench.spec('fault')),
    withS3: await idlePssMb(bench, withS3(bench)),
  };
  const isWithin =
    warm.ratio <= MOST_WARM &&
    fresh.plain.ratio <= MOST_FRESH &&
    fresh.withS3.ratio <= MOST_FRESH &&
    Math.max(pssMb.plain, pssMb.withS3) <= MOST_PSS_MB;
  return { warm, fresh, pssMb, isWithin };
}

type Boundary = Awaited<ReturnType<typeof measureBoundary>>;

export function boundaryLines({ warm, fresh, pssMb }: Boundary): string[] {
  const start = ({ medianMs, yardstickMs, ratio }: Boundary['fresh']['plain']) =>
    `${medianMs} ms, a bare fork ${yardstickMs} ms: ${ratio} times (at most ${MOST_FRESH})`;
  return [
    `warm run: median ${warm.medianMs} ms (p99 ${warm.p99Ms}), a worker thread's round trip ${warm.yardstickMs} ms (p99 ${warm.yardstickP99Ms}): ${warm.ratio} times (at most ${MOST_WARM})`,
    `fresh start: ${start(fresh.plain)}`,
    `fresh start with S3: ${start(fresh.withS3)}`,
    `idle process: ${pssMb.plain} MB, with S3 ${pssMb.withS3} MB (PSS, at most ${MOST_PSS_MB})`,
  ];
}

async function warmRuns(bench: Bench) {
  const worker = new Worker(ECHO, { eval: true });
  await once(worker, 'online');
  const spec = bench.spec('fault');
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let n = 0; n < WARM_RUNS + WARM_UP; n++) {
    const ourMs = await timed(() => run(bench, spec));
    const theirMs = await timed(() => roundTrip(worker));
    if (n < WARM_UP) continue;
    ours.push(ourMs);
    theirs.push(theirMs);
  }
  await worker.terminate();
  const [medianMs, yardstickMs] = [median(ours), median(theirs)];
  return {
    runs: WARM_RUNS,
    medianMs: rounded(medianMs),
    p99Ms: rounded(percentile(ours, 99)),
    yardstickMs: rounded(yardstickMs),
    yardstickP99Ms: rounded(percentile(theirs, 99)),
    ratio: rounded(medianMs / yardstickMs),
  };
}

async function freshStarts(bench: Bench, spec: JobProcessSpec) {
  const bare = path.join(bench.folder, 'bare.cjs');
  await writeFile(bare, BARE);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let start = 0; start < FRESH_STARTS; start++) {
    ours.push(await timed(() => run(bench, spec)));
    await untilEnded(bench, spec.job);
    const begunAt = performance.now();
    const child = fork(bare);
    await once(child, 'message');
    theirs.push(performance.now() - begunAt);
    await once(child, 'exit');
  }
  return {
    starts: FRESH_STARTS,
    medianMs: rounded(median(ours)),
    yardstickMs: rounded(median(theirs)),
    ratio: rounded(median(ours) / median(theirs)),
  };
}

/** Of a process that has run its job a few times. */
async function idlePssMb(bench: Bench, spec: JobProcessSpec): Promise<number> {
  for (let n = 0; n < 3; n++) await run(bench, spec);
  await delay(SETTLE_MS);
  const { pid } = statusOf(bench, spec.job);
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Math.round(Number(/^Pss: +(\d+)/m.exec(rollup)?.[1]) / 1024);
}

function withS3(bench: Bench, more: Partial<JobProcessSpec> = {}): JobProcessSpec {
  const s3 = {
    ...{ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', forcePathStyle: true },
    ...{ accessKeyId: 'unused', secretAccessKey: 'unused' },
  };
  return bench.spec('fault-s3', { spec: { ...more, config: { bucket: 'unused' }, s3 } });
}

async function run({ processes }: Bench, spec: JobProcessSpec): Promise<void> {
  const end = await processes.run(spec, request(), SILENT, new AbortController().signal);
  if (end.kind !== 'returned') throw new Error(`the run ended otherwise: ${JSON.stringify(end)}`);
}

async function roundTrip(worker: Worker): Promise<void> {
  worker.postMessage({ type: 'run', ...request() });
  await once(worker, 'message');
}

function request(): RunRequest {
  const trigger = { kind: 'manual', requestedBy: 'nothing' } as const;
  return { runId: randomUUID(), attempt: 1, epoch: 1, trigger, graceMs: 5000 };
}

async function untilEnded(bench: Bench, job: string): Promise<void> {
  while (statusOf(bench, job).state !== 'ended') await delay(5);
}

function statusOf({ processes }: Bench, job: string): JobProcessStatus {
  const status = processes.status().find((known) => known.job === job);
  if (!status) throw new Error(`${job} never ran`);
  return status;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begunAt = performance.now();
  await work();
  return performance.now() - begunAt;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
