// The local engine: hosts of ours.

import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProcess, Project } from '../support/project.ts';
import { FOLLOWER, type Interference } from './behaviours.ts';
import { cancelByPerson, type Ended, type Target, untilAtWork } from './target.ts';

export class HostTarget implements Target {
  readonly name = 'host';
  readonly #project: Project;
  readonly #hosts: HostProcess[] = [];

  private constructor(project: Project) {
    this.#project = project;
  }

  static async start(project: Project): Promise<HostTarget> {
    const target = new HostTarget(project);
    await target.#startHost();
    return target;
  }

  get told(): readonly Record<string, unknown>[] {
    return this.#hosts.flatMap(({ events }) => events);
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const before = this.#hosts.at(-1)?.events.length ?? 0;
    const { exitCode, stderr } = await this.#project.command('run', job, '--detach');
    if (exitCode !== 0) throw new Error(stderr);
    if (interference) await this.#interfere(job, interference);
    await this.#untilSettled(job, before);
    if (job === 'comes-first') await this.#untilSettled(FOLLOWER, before);
    await this.#untilTold(job);
    return { verdict: await this.#verdict(job), exitCodes: [] };
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    switch (interference) {
      case 'cancelled':
        return cancelByPerson(this.#project, job);
      case 'drained':
        await this.#hosts.at(-1)?.stop();
        return this.#startHost();
      case 'killed':
        await this.#hosts.at(-1)?.kill();
        return this.#startHost();
      case 'stopped':
        throw new Error('nobody is above a host');
    }
  }

  async #startHost(): Promise<void> {
    const host = this.#project.start();
    this.#hosts.push(host);
    await host.waitFor({ event: 'host.started' });
  }

  /** Nothing waits or runs any more, or what waits has said why. */
  async #untilSettled(job: string, before: number): Promise<void> {
    for (;;) {
      const { rows } = await this.#project.database.pool.query<{ is_over: boolean }>(
        `select not exists (select from pgboss.job where name = 'bfd.' || $1 and state <= 'active')
                and exists (select from bfd_host.job where name = $1 and last_checked_at is not null
                            union all select from bfd_host.run where job_name = $1 and finished_at is not null)
                as is_over`,
        [job],
      );
      if (rows[0]?.is_over) return;
      const events = this.#hosts.at(-1)?.events.slice(before) ?? [];
      // For good, not for the moment until a process that died is started again.
      if (events.some((told) => told.job === job && told['gate'] === 'dependency-version')) return;
      await sleep(50);
    }
  }

  /** The record is written first, the event comes by another way. */
  async #untilTold(job: string): Promise<void> {
    const { rows } = await this.#project.database.pool.query<{ attempt: number }>(
      'select attempt from bfd_host.run where job_name = $1 order by attempt desc limit 1',
      [job],
    );
    const [last] = rows;
    if (!last) return;
    await this.#hosts.at(-1)?.waitFor({ event: 'run.finished', job, attempt: last.attempt });
  }

  async #verdict(job: string): Promise<Ended['verdict']> {
    const { rows } = await this.#project.database.pool.query<{ succeeded: boolean }>(
      `select coalesce(bool_or(result = 'succeeded'), false)
              or exists (select from bfd_host.job where name = $1 and last_result = 'succeeded') as succeeded
         from bfd_host.run where job_name = $1`,
      [job],
    );
    return rows[0]?.succeeded ? 'succeeded' : 'failed';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hosts.at(-1)?.stop();
  }
}
