// Errors for people: what happened, where, what to do next. Code that reacts to one compares `code`.

/** Base of all errors this host raises on purpose. A stable code, and a text without a value of anybody's row. */
export abstract class BfdError extends Error {
  /** Stable, `BFD_…`; documented in host/docs/errors.md. */
  abstract readonly code: string;
}

/** Something went wrong that nobody foresaw: a mistake in the host. Says what kind and where, without a value. */
export class HostFaultError extends BfdError {
  readonly code = 'BFD_HOST_FAULT';
  constructor(cause: unknown) {
    super(
      `The host met an error of its own: ${kindOf(cause)}${placeOf(cause)}. Please report it with this line.`,
      { cause },
    );
  }
}

function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'something that is no error';
  const code = 'code' in cause ? ` ${String(cause.code)}` : '';
  return /^ \w{1,40}$/.test(code) ? `${cause.name}${code}` : cause.name;
}

// The message may quote a value; the place in our code does not.
function placeOf(cause: unknown): string {
  const frame = cause instanceof Error ? cause.stack?.split('\n').find(isFrame) : undefined;
  const place = frame && /([\w.-]+:\d+):\d+\)?$/.exec(frame)?.[1];
  return place ? ` at ${place}` : '';
}

const isFrame = (line: string): boolean => /^\s+at /.test(line);

/**
 * Many problems of one kind, told together.
 *
 * @example
 * host.config.json has 2 problems (BFD_CONFIG):
 *   jobs.ccw-rif-laod   is no job; did you mean "ccw-rif-load"?
 *   concurrency         expected a whole number from 1, found 0
 */
export interface Problem {
  /** Where, such as a path in a file: `jobs.ccw-rif-load.schedule`. */
  readonly at: string;
  /** What is wrong and what would be right. */
  readonly problem: string;
}

/** Problems as an aligned list for a terminal, one a line. */
export function listProblems(problems: readonly Problem[]): string {
  const width = Math.min(40, Math.max(0, ...problems.map(({ at }) => at.length)));
  return problems.map(({ at, problem }) => `  ${at.padEnd(width)}   ${problem}`).join('\n');
}
