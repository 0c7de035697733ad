// What an author is told while a plugin is under development: the host's events, and what only goes on here. The latter
// is for this terminal alone: a job's console output may hold anything.

import { Console, JOB_WIDTH } from '../telemetry/console.ts';
import type { EventSink } from '../telemetry/events.ts';
import { JsonLines } from '../telemetry/json-lines.ts';
import { duration } from '../telemetry/words.ts';

export type DevEvent =
  | {
      readonly event: 'plugin.built';
      readonly plugin: string;
      readonly sizeBytes: number;
      readonly durationMs: number;
    }
  | {
      readonly event: 'plugin.not-built';
      readonly plugin: string;
      /** A text each: place, problem, code and remedy. */
      readonly problems: readonly string[];
      /** Whether the build before goes on running. */
      readonly hasLastGood: boolean;
    }
  | { readonly event: 'job.found-nothing'; readonly job: string }
  | { readonly event: 'job.output'; readonly job: string; readonly text: string };

export interface DevOutput {
  readonly host: EventSink;
  tell(event: DevEvent): void;
}

/** @param json - a line of JSON each, as the host's own events */
export function devOutput(stream: NodeJS.WriteStream, json: boolean): DevOutput {
  if (json) {
    return {
      host: new JsonLines(stream),
      tell: (event) => {
        const line = { time: new Date().toISOString(), schema: 1, ...event };
        stream.write(`${JSON.stringify(line)}\n`);
      },
    };
  }
  const host = new Console(stream);
  return { host, tell: (event) => host.say(describe(event)) };
}

function describe(event: DevEvent): string {
  switch (event.event) {
    case 'plugin.built':
      return `${event.plugin} built, ${Math.ceil(event.sizeBytes / 1000)} kB in ${duration(event.durationMs)}`;
    case 'plugin.not-built':
      return [
        `${event.plugin} cannot be run${event.hasLastGood ? '; the build before goes on' : ''}`,
        ...event.problems.flatMap((problem) => problem.split('\n')),
      ].join('\n          ');
    case 'job.found-nothing':
      return `${event.job.padEnd(JOB_WIDTH)} found nothing to do`;
    case 'job.output':
      return `${event.job.padEnd(JOB_WIDTH)} | ${event.text}`;
  }
}
