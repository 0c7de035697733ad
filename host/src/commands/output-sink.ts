import { Console } from '../telemetry/console.ts';
import type { EventSink, OutputOptions } from '../telemetry/events.ts';
import { JsonLines } from '../telemetry/json-lines.ts';

export interface OutputSink {
  readonly sink: EventSink;
  /** Lines for people instead of JSON. */
  readonly isForPeople: boolean;
}

/** Standard output as people at a terminal want it, or as JSON for programs. */
export function outputSink(
  { json }: { readonly json?: boolean },
  options: OutputOptions = {},
): OutputSink {
  const isForPeople = process.stdout.isTTY === true && !json;
  const sink = isForPeople
    ? new Console(process.stdout, options)
    : new JsonLines(process.stdout, options);
  return { sink, isForPeople };
}
