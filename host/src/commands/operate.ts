// `run --detach`, `cancel`, `pause`, `resume`, `release`, `retry`: what people ask of jobs, of whatever host runs them.

import type { HostJob } from '../catalog/host-job.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { RunQueue } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { Operations } from '../operations/operations.ts';
import { asker } from './asker.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson } from './output.ts';
import { unknownJob } from './unknown-job.ts';

export interface OperateOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** `bfd-host run JOB --detach` */
export async function runDetachedCommand(job: string, options: OperateOptions): Promise<ExitCode> {
  return operate(job, options, async (operations, { priority }) => {
    const isNew = await operations.run(job, priority);
    const text = isNew
      ? `${job} runs as soon as a host may run it.`
      : `${job}: a run of it waits already.`;
    return { text, data: { job, isNew } };
  });
}

/** `bfd-host cancel JOB|RUN` */
export async function cancelCommand(target: string, options: OperateOptions): Promise<ExitCode> {
  return operate(target, options, async (operations) => {
    const cancelled = await operations.cancel(target);
    const { kind, job, runId } = cancelled;
    const text =
      kind === 'asked'
        ? `${job}: run ${runId} was told to stop.`
        : `${job}: run ${runId}, which waited, was taken back.`;
    return { text, data: cancelled };
  });
}

/** `bfd-host pause JOB` */
export async function pauseCommand(job: string, options: OperateOptions): Promise<ExitCode> {
  return operate(job, options, async (operations) => {
    const isNew = await operations.pause(job);
    const text = isNew
      ? `${job} is paused: no run of it starts until \`bfd-host resume ${job}\`. One that is running goes on.`
      : `${job} is paused already.`;
    return { text, data: { job, isPaused: true, isNew } };
  });
}

/** `bfd-host resume JOB` */
export async function resumeCommand(job: string, options: OperateOptions): Promise<ExitCode> {
  return operate(job, options, async (operations) => {
    const isNew = await operations.resume(job);
    const text = isNew ? `${job} is no longer paused.` : `${job} is not paused.`;
    return { text, data: { job, isPaused: false, isNew } };
  });
}

/** `bfd-host release JOB` */
export async function releaseCommand(job: string, options: OperateOptions): Promise<ExitCode> {
  return operate(job, options, async (operations) => {
    const isNew = await operations.release(job);
    const text = isNew ? `${job} may run again.` : `${job} is not put off for crashing.`;
    return { text, data: { job, isNew } };
  });
}

/** `bfd-host retry JOB|RUN` */
export async function retryCommand(target: string, options: OperateOptions): Promise<ExitCode> {
  return operate(target, options, async (operations) => {
    const again = await operations.retry(target);
    const { job, runId, attempt } = again;
    return { text: `${job}: run ${runId} is tried again, as attempt ${attempt}.`, data: again };
  });
}

/** @param target - a job, or the id of a run of one */
async function operate(
  target: string,
  options: OperateOptions,
  work: (operations: Operations, job: HostJob) => Promise<{ text: string; data: object }>,
): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const { database, setup, bootId } = open;
  const names = setup.jobs.map(({ name }) => name);
  await new HostRegistry(database, bootId).registerJobs(names);
  await using queue = await RunQueue.open(database, names, () => {});
  const requests = new RunRequests(database, queue);
  const operations = new Operations({ database, queue, requests }, asker());
  const name = await operations.jobOf(target);
  const job = setup.jobs.find((known) => known.name === name);
  if (!job) throw unknownJob(name, setup.jobs);
  const { text, data } = await work(operations, job);
  if (options.json) printJson(data);
  else print(text);
  return EXIT.ok;
}
