// Runs the exported batch jobs as Nomad's client does: a restart whatever the exit code was, so many times, and a kill
// after KillTimeout. Only its waits between restarts are shorter.

import { randomUUID } from 'node:crypto';
import type { Project } from '../support/project.ts';
import { FOLLOWER, type Interference } from './behaviours.ts';
import type { NomadJob } from './nomad-form.ts';
import { cancelByPerson, type Ended, RunProcesses, type Target, untilAtWork } from './target.ts';

export class NomadTarget implements Target {
  readonly name = 'nomad';
  readonly #project: Project;
  readonly #jobs: ReadonlyMap<string, NomadJob>;
  readonly #tasks: RunProcesses;
  #isStopped = false;

  constructor(project: Project, jobs: ReadonlyMap<string, NomadJob>) {
    this.#project = project;
    this.#jobs = jobs;
    this.#tasks = new RunProcesses(project);
  }

  get told() {
    return this.#tasks.told;
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const first = this.#runJob(`bfd-${job}`);
    if (interference) await this.#interfere(job, interference);
    const ended = await first;
    this.#isStopped = false;
    if (job !== 'comes-first') return ended;
    const after = await this.#runJob(`bfd-${FOLLOWER}-after-${job}`);
    return { verdict: after.verdict, exitCodes: [...ended.exitCodes, ...after.exitCodes] };
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    switch (interference) {
      case 'cancelled':
        return cancelByPerson(this.#project, job);
      case 'stopped': // nomad job stop
        this.#isStopped = true;
        return this.#tasks.signal('SIGTERM');
      case 'killed':
        return this.#tasks.signal('SIGKILL');
      case 'drained':
        throw new Error('not on Nomad');
    }
  }

  async #runJob(id: string): Promise<Ended> {
    const group = this.#jobs.get(id)?.Job.TaskGroups[0];
    const task = group?.Tasks[0];
    if (!group || !task) throw new Error(`no job is called ${id}`);
    const env = { NOMAD_ALLOC_ID: randomUUID() };
    const args = task.Config.args.map((text) =>
      text.replace(/\$\{NOMAD_ALLOC_ID\}/g, env.NOMAD_ALLOC_ID),
    );
    const exitCodes: number[] = [];
    for (;;) {
      const exitCode = await this.#tasks.run(args, env);
      exitCodes.push(exitCode);
      if (exitCode === 0) return { verdict: 'succeeded', exitCodes };
      const isOver = this.#isStopped || exitCodes.length > group.RestartPolicy.Attempts;
      if (isOver) return { verdict: 'failed', exitCodes };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tasks.signal('SIGKILL');
  }
}
