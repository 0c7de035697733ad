// Commands, beside a running host.

import { buildProgram } from '../../host/src/commands/program.ts';
import type { Finished, Project, ToldEvent } from '../support/project.ts';

/** They do not end by themselves. */
const LASTING = ['start', 'dev'];
const AT_A_TIME = 3;

interface Wanted {
  readonly json: (command: string) => boolean;
  readonly forPeople: (command: string) => boolean;
}

/**
 * Runs the commands that are wanted with `--json` and those that are without it. Those that take a job are given this one.
 *
 * @returns each command line, with what it printed
 */
export async function commandsBeside(
  project: Project,
  job: string,
  wanted: Wanted,
): Promise<[string, Finished][]> {
  const lines = buildProgram()
    .commands.filter((command) => !LASTING.includes(command.name()))
    .flatMap((command) => {
      const args = command.registeredArguments.filter(({ required }) => required).map(() => job);
      const line = [command.name(), ...args];
      return [
        ...(wanted.json(command.name()) ? [[...line, '--json']] : []),
        ...(wanted.forPeople(command.name()) ? [line] : []),
      ];
    });
  const done: [string, Finished][] = [];
  const waiting = [...lines];
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let line = waiting.shift(); line; line = waiting.shift()) {
        done.push([line.join(' '), await project.command(...line)]);
      }
    }),
  );
  return done;
}

/** Runs a job by a command, with another configuration. */
export async function runJob(
  project: Project,
  job: string,
  config: string,
): Promise<{ output: Finished; finished: ToldEvent }> {
  const output = await project.command('run', job, '--json', '--config', config);
  const events: ToldEvent[] = output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const finished = events.find(({ event }) => event === 'run.finished');
  if (!finished) throw new Error(`${job} did not end: ${output.stderr}`);
  return { output, finished };
}
