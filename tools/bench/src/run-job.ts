// One run of a job as an operator would ask for it: what was told of its end, and what its process took.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../../../test/support/project.ts';

export interface JobRun {
  /** Of the event of the run's end; empty if there was nothing to do. */
  readonly finished: Readonly<Record<string, unknown>>;
  /** Processor time of the job's process, all of its threads, in seconds. Known on Linux only. */
  readonly cpuSeconds: number | undefined;
}

export async function runJob(project: Project, job: string): Promise<JobRun> {
  const { child, ended } = project.begin('run', job, '--json');
  const cpuSeconds = await cpuOfChildren(child.pid ?? 0, ended);
  const { stdout, stderr, exitCode } = await ended;
  if (exitCode !== 0) throw new Error(`${job} ended with ${exitCode}: ${stderr}`);
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));
  return { finished: events.find(({ event }) => event === 'run.finished') ?? {}, cpuSeconds };
}

const LOOK_MS = 50;
/** Of the clock that /proc counts in, on all Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the processes that a process started have taken, as far as it was seen before they ended. */
async function cpuOfChildren(parent: number, ended: Promise<unknown>): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const ticks = new Map<string, number>();
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    // Nothing but the children: to go through all processes takes a twentieth of two cores, which the job lacks then.
    const children = textOf(`/proc/${parent}/task/${parent}/children`).split(' ');
    for (const pid of children.filter((name) => name !== '')) {
      // Behind the program's name in brackets: state, parent, …, and as 12th and 13th the ticks of user and system.
      const facts = textOf(`/proc/${pid}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ');
      if (facts.length > 12) ticks.set(pid, Number(facts[11]) + Number(facts[12]));
    }
    await sleep(LOOK_MS);
  }
  return [...ticks.values()].reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // ended meanwhile
  }
}
