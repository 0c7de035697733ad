// One run's right to use database and S3. Pool and client outlive runs, since the job keeps them in its fields;
// what they may do depends on the scope that is open.

import type { RuntimeErrorCode } from '../runtime-errors.ts';
import { RuntimeError } from './runtime-error.ts';

export class RunScope {
  readonly #controller = new AbortController();
  #abortCode: RuntimeErrorCode | undefined;

  constructor(
    /** The run's id, or what else is being done; shown in `application_name`. */
    readonly name: string,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the run was told to stop, if it was. */
  get abortCode(): RuntimeErrorCode | undefined {
    return this.#abortCode;
  }

  abort(code: RuntimeErrorCode): void {
    this.#abortCode = code;
    this.#controller.abort(new RuntimeError(code));
  }
}
