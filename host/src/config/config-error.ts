import { basename } from 'node:path';
import { BfdError, listProblems, type Problem } from '../errors.ts';

/**
 * The host cannot start with this configuration. Names everything that is wrong at once, and no secret.
 *
 * @example
 * host.config.json has 2 problems:
 *   concurrency         expected a whole number from 1 to 1000, found 0
 *   jobs.ccw-rif-laod   is no job; did you mean "ccw-rif-load"?
 */
export class ConfigError extends BfdError {
  override readonly name = 'ConfigError';
  readonly code = 'BFD_CONFIG';
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], options?: ErrorOptions) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`${basename(file)} has ${count}:\n${listProblems(problems)}`, options);
    this.problems = problems;
  }
}
