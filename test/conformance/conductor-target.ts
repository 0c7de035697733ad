// Runs the exported workflows: the exported worker's own function for each task, and here, in a few lines, what the
// server does about the status it reports. No server of Conductor can be had from npm.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../support/project.ts';
import type { Interference } from './behaviours.ts';
import { cancelByPerson, type Ended, type Target, untilAtWork } from './target.ts';

/** What the server's rules look at. The whole form is for the judges of validation.test.ts. */
export interface ConductorExport {
  readonly workflows: readonly { readonly name: string; readonly tasks: readonly WorkflowTask[] }[];
  readonly tasks: readonly { readonly name: string; readonly retryCount: number }[];
  readonly run: Execute;
}

interface WorkflowTask {
  readonly name: string;
  readonly inputParameters: Readonly<Record<string, unknown>>;
}

type Execute = (
  job: string,
  task: {
    readonly workflowInstanceId: string;
    readonly inputData: Readonly<Record<string, unknown>>;
  },
) => Promise<{ readonly status: Status; readonly outputData: { readonly exitCode: number } }>;

type Status = 'COMPLETED' | 'FAILED' | 'FAILED_WITH_TERMINAL_ERROR';

/** Where the command that the worker calls writes its process id. */
export const PID_FILE = 'worker-run.pid';
/** Where it puts what runs print. */
export const LOG_FILE = 'worker-runs.log';

export class ConductorTarget implements Target {
  readonly name = 'conductor';
  readonly #project: Project;
  readonly #exported: ConductorExport;

  constructor(project: Project, exported: ConductorExport) {
    this.#project = project;
    this.#exported = exported;
  }

  get told(): Record<string, unknown>[] {
    const text = readFileSync(path.join(this.#project.folder, LOG_FILE), 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const name = `bfd_${job.replaceAll('-', '_')}`;
    const workflow = this.#exported.workflows.find((each) => each.name === name);
    if (!workflow) throw new Error(`no workflow is called ${name}`);
    const ended = this.#runWorkflow(workflow.tasks);
    if (interference) await this.#interfere(job, interference);
    return ended;
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    if (interference === 'cancelled') return cancelByPerson(this.#project, job);
    const pid = await readFile(path.join(this.#project.folder, PID_FILE), 'utf8');
    process.kill(Number(pid), 'SIGKILL');
  }

  async #runWorkflow(tasks: readonly WorkflowTask[]): Promise<Ended> {
    const workflowInstanceId = randomUUID();
    const exitCodes: number[] = [];
    for (const task of tasks) {
      const status = await this.#runTask(task, workflowInstanceId, exitCodes);
      if (status !== 'COMPLETED') return { verdict: 'failed', exitCodes };
    }
    return { verdict: 'succeeded', exitCodes };
  }

  async #runTask(
    { name, inputParameters }: WorkflowTask,
    workflowInstanceId: string,
    exitCodes: number[],
  ): Promise<Status> {
    const retryCount = this.#exported.tasks.find((each) => each.name === name)?.retryCount ?? 0;
    const job = name.replace(/^bfd_run_/, '').replaceAll('_', '-');
    for (let retry = 0; ; retry++) {
      const task = { workflowInstanceId, inputData: inputParameters };
      const { status, outputData } = await this.#exported.run(job, task);
      exitCodes.push(outputData.exitCode);
      if (status !== 'FAILED' || retry >= retryCount) return status;
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
