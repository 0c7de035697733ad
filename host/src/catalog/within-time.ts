// A plugin's manifest may hold a pattern that a regular expression engine never finishes with. It must not
// hold up the host.

import { createContext, Script } from 'node:vm';

const CALL = new Script('work()');

/** `work` was not done in time. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/**
 * Does `work`, synchronous code, for at most `timeoutMs`.
 *
 * V8 ends it wherever it is, also inside a regular expression: so it must own what it changes.
 *
 * @throws {@link OutOfTimeError} when the time is up
 */
export function withinTime<T>(timeoutMs: number, work: () => T): T {
  try {
    return CALL.runInContext(createContext({ work }), { timeout: timeoutMs }) as T; // what work returned
  } catch (error) {
    // No instanceof: V8 makes this error in the context's own realm.
    const code = typeof error === 'object' && error !== null && 'code' in error && error.code;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new OutOfTimeError(`not done within ${timeoutMs} ms`);
    throw error;
  }
}
