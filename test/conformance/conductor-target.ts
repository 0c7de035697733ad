// Runs the exported workflows: the exported worker's own function for each task, and here, in a few lines, what the
// server does about the status it reports. No server of Conductor can be had from npm.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Task,
  TaskDef,
  TaskResult,
  WorkflowDef,
  WorkflowTask,
} from '@io-orkes/conductor-javascript';
import type { Project } from '../support/project.ts';
import type { Interference } from './behaviours.ts';
import { cancelByPerson, type Ended, type Target, untilAtWork } from './target.ts';

type Execute = (
  job: string,
  task: Pick<Task, 'workflowInstanceId' | 'inputData'>,
) => Promise<Omit<TaskResult, 'workflowInstanceId' | 'taskId'>>;

export interface ConductorExport {
  readonly workflows: readonly WorkflowDef[];
  readonly tasks: readonly TaskDef[];
  readonly run: Execute;
}

/** Where the command that the worker calls writes its process id. */
export const PID_FILE = 'worker-run.pid';

export class ConductorTarget implements Target {
  readonly name = 'conductor';
  readonly told = [];
  readonly #project: Project;
  readonly #exported: ConductorExport;

  constructor(project: Project, exported: ConductorExport) {
    this.#project = project;
    this.#exported = exported;
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const name = `bfd_${job.replaceAll('-', '_')}`;
    const workflow = this.#exported.workflows.find((each) => each.name === name);
    if (!workflow) throw new Error(`no workflow is called ${name}`);
    const ended = this.#runWorkflow(workflow);
    if (interference) await this.#interfere(job, interference);
    return ended;
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    if (interference === 'cancelled') return cancelByPerson(this.#project, job);
    const pid = await readFile(path.join(this.#project.folder, PID_FILE), 'utf8');
    process.kill(Number(pid), 'SIGKILL');
  }

  async #runWorkflow({ tasks }: WorkflowDef): Promise<Ended> {
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
  ): Promise<TaskResult['status']> {
    const retryCount = this.#exported.tasks.find((each) => each.name === name)?.retryCount ?? 0;
    const job = name.replace(/^bfd_run_/, '').replaceAll('_', '-');
    for (let retry = 0; ; retry++) {
      const task = { workflowInstanceId, inputData: inputParameters ?? {} };
      const { status, outputData } = await this.#exported.run(job, task);
      exitCodes.push(Number(outputData?.['exitCode']));
      if (status !== 'FAILED' || retry >= retryCount) return status;
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
