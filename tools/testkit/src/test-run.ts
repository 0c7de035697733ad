// What a test can look at of a run: how it ended, and all that it told.

import type { HostEvent, RunEnding, RunResult } from '@bfd-host/host/testing';
import type { Counts } from '@bfd-host/sdk';
import type { HostParts } from './host-parts.ts';

export interface TestRun {
  readonly runId: string;
  readonly attempt: number;
  /** `succeeded`, or how it did not. */
  readonly result: RunResult;
  /** Of a run that succeeded. */
  readonly outcome?: 'work-done' | 'nothing-to-do';
  readonly counts: Counts;
  /** The version that the outcome carries. */
  readonly version?: string;
  /** Of a run that did not succeed. */
  readonly error?: TestRunError;
  /** The job's own log, in order. */
  readonly logs: readonly TestLogLine[];
  /** The job's spans and the host's, in the order in which they ended. */
  readonly spans: readonly TestSpan[];
  /** Progress as it was passed on. */
  readonly progress: readonly {
    readonly done: number;
    readonly total?: number;
    readonly unit: string;
  }[];
  /** What a host tells of it, as host/docs/events.md describes it. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Whether the list of runs shows it: one that found nothing it does not. */
  readonly isRecorded: boolean;
}

export interface TestRunError {
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Where it is wrong, at most twenty. */
  readonly places: readonly {
    readonly code: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: string;
  }[];
  /** Whether trying again is useless. */
  readonly isPermanent: boolean;
}

export interface TestLogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface TestSpan {
  /** Of the host `run NAME`; of the job `job.run`, `job.transaction`, `INSERT acme.person`, `S3.GetObject`. */
  readonly name: string;
  /** Name of the span it is part of. */
  readonly parent?: string;
  readonly isError: boolean;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Fails a test, with everything the run says of itself, unless the run succeeded.
 *
 * @example
 * const { counts } = succeeded(await job.run());
 */
export function succeeded(run: TestRun): TestRun {
  if (run.result === 'succeeded') return run;
  const { code = 'no code', message = '', remedy = '', places = [] } = run.error ?? {};
  const located = places.map(
    ({ file, line, column, code: what }) =>
      `\n  ${[file, line, column].filter((part) => part !== undefined).join(', ')}: ${what}`,
  );
  const said = run.logs.map(({ level, message: text }) => `\n  ${level}: ${text}`);
  throw new Error(
    [`the run ${run.result}: ${code}: ${message} ${remedy}`.trim(), ...located, ...said].join(''),
  );
}

/** How a run ended and what it told, out of the host's own words for both. */
export function describeRun(
  ending: RunEnding,
  events: readonly HostEvent[],
  { eventLine, isQuiet }: Pick<HostParts, 'eventLine' | 'isQuiet'>,
): Omit<TestRun, 'runId' | 'attempt' | 'spans' | 'isRecorded'> {
  const { result, outcome, counts, version, error } = ending;
  return {
    result,
    ...(outcome === undefined ? {} : { outcome }),
    counts,
    ...(version === undefined ? {} : { version }),
    ...(error === undefined ? {} : { error: errorFacts(error) }),
    logs: events.flatMap((event) =>
      event.event === 'job.log'
        ? [{ level: event.level, message: event.message, fields: event.fields }]
        : [],
    ),
    progress: events.flatMap((event) =>
      event.event === 'run.progress'
        ? [
            {
              done: event.done,
              ...(event.total === undefined ? {} : { total: event.total }),
              unit: event.unit,
            },
          ]
        : [],
    ),
    events: events.filter((event) => !isQuiet(event)).map((event) => JSON.parse(eventLine(event))),
  };
}

function errorFacts({
  code,
  message,
  remedy,
  places,
  isPermanent,
}: NonNullable<RunEnding['error']>): TestRunError {
  return { code, message, ...(remedy === undefined ? {} : { remedy }), places, isPermanent };
}
