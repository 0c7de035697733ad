// What each target is asked to do: start a job as its own scheduler would, and see it to the end by its own rules.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, type Project } from '../support/project.ts';
import type { Interference, TargetName } from './behaviours.ts';

export interface Ended {
  readonly verdict: 'succeeded' | 'failed';
  /** Of each `bfd-host run`, in order; none where a host runs it. */
  readonly exitCodes: readonly number[];
}

export interface Target extends AsyncDisposable {
  readonly name: TargetName;
  /**
   * @param interfere - called once the first try has work; resolves when that is done
   */
  run(job: string, interference: Interference | undefined): Promise<Ended>;
  /** Lines of JSON that runs printed. */
  readonly told: readonly Record<string, unknown>[];
}

/** Processes of `bfd-host run`, started as an orchestrator starts a container. */
export class RunProcesses {
  readonly told: Record<string, unknown>[] = [];
  readonly #project: Project;
  #current: ChildProcess | undefined;

  constructor(project: Project) {
    this.#project = project;
  }

  /** The exit code; 128 and the signal's number for one that a signal ended, as container engines have it. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.#project.folder,
      env: { PATH, HOME, ...this.#project.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#current = child;
    const lines: string[] = [];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    const exitCode = await new Promise<number>((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    });
    for (const line of lines.join('').split('\n'))
      if (line !== '') this.told.push(JSON.parse(line));
    return exitCode;
  }

  signal(name: NodeJS.Signals): void {
    this.#current?.kill(name);
  }
}

/** Waits until a run of the job is on record as going on. */
export async function untilAtWork(project: Project, job: string): Promise<void> {
  for (;;) {
    const { rowCount } = await project.database.pool.query(
      'select from bfd_host.run where job_name = $1 and finished_at is null',
      [job],
    );
    if (rowCount === 1) return;
    await sleep(50);
  }
}

/** Tells a run under way to stop, by the ways that are the same everywhere. */
export async function cancelByPerson(project: Project, job: string): Promise<void> {
  const { exitCode, stderr } = await project.command('cancel', job);
  if (exitCode !== 0) throw new Error(stderr);
}
