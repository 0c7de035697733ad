// Errors for people: what happened, where, what to do next. Code that reacts to one compares `code`.

/** Base of all errors this host raises on purpose. A stable code, and a text without a value of anybody's row. */
export abstract class BfdError extends Error {
  /** Stable, `BFD_…`; documented in host/docs/errors.md. */
  abstract readonly code: string;
}

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
