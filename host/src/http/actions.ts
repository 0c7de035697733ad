// What people do on the page, by the operations that the commands use, too.

import type { HostJob } from '../catalog/host-job.ts';
import { BfdError } from '../errors.ts';
import { Operations } from '../operations/operations.ts';
import type { ActionAnswer } from './api.ts';
import { NotFoundRefusal } from './page-error.ts';
import type { PageSources } from './page-sources.ts';

/** No host here has the job. */
export class JobNotReadyError extends BfdError {
  readonly code = 'BFD_JOB_NOT_READY';
  constructor(job: string) {
    super(
      `${job} does not take part on this host: it is disabled or refused. Look at why it does not run.`,
    );
  }
}

const JOB_ACTIONS = ['run', 'cancel', 'pause', 'resume', 'release', 'retry'] as const;
const RUN_ACTIONS = ['cancel', 'retry'] as const;
type JobAction = (typeof JOB_ACTIONS)[number];

/** @throws {@link NotFoundRefusal} for an action there is not, and what the operations throw */
export async function actOnJob(
  job: HostJob,
  action: string,
  sources: PageSources,
  askedBy: string,
): Promise<ActionAnswer> {
  const known = JOB_ACTIONS.find((name) => name === action);
  if (!known) throw new NotFoundRefusal();
  return { text: await act(known, job, operationsOf(sources, askedBy)) };
}

/** The same for one run, by its id. */
export async function actOnRun(
  runId: string,
  action: string,
  sources: PageSources,
  askedBy: string,
): Promise<ActionAnswer> {
  const known = RUN_ACTIONS.find((name) => name === action);
  if (!known) throw new NotFoundRefusal();
  const operations = operationsOf(sources, askedBy);
  return {
    text: await (known === 'cancel' ? cancel(operations, runId) : retry(operations, runId)),
  };
}

function operationsOf({ database, queue, requests }: PageSources, askedBy: string): Operations {
  return new Operations({ database, queue, requests }, { name: askedBy, via: 'page' });
}

async function act(action: JobAction, job: HostJob, operations: Operations): Promise<string> {
  const { name } = job;
  switch (action) {
    case 'run': {
      if (job.state.kind !== 'ready') throw new JobNotReadyError(name);
      const isNew = await operations.run(name, job.priority);
      return isNew ? `${name} runs as soon as it may.` : `A run of ${name} waits already.`;
    }
    case 'cancel':
      return cancel(operations, name);
    case 'pause':
      return (await operations.pause(name))
        ? `${name} is paused: no run of it starts until it is resumed.`
        : `${name} is paused already.`;
    case 'resume':
      return (await operations.resume(name))
        ? `${name} is no longer paused.`
        : `${name} is not paused.`;
    case 'release':
      return (await operations.release(name))
        ? `${name} may run again.`
        : `${name} is not put off for crashing.`;
    case 'retry':
      return retry(operations, name);
  }
}

async function cancel(operations: Operations, target: string): Promise<string> {
  const { kind, job } = await operations.cancel(target);
  return kind === 'asked'
    ? `The run of ${job} was told to stop.`
    : `The run of ${job} that waited was taken back.`;
}

async function retry(operations: Operations, target: string): Promise<string> {
  const { job, attempt } = await operations.retry(target);
  return `${job} is tried again, as attempt ${attempt}.`;
}
