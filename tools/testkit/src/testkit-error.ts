/** The testing kit cannot do what a test asks of it. Says what is wrong with the test, not with the job. */
export class TestkitError extends Error {
  override readonly name = 'TestkitError';
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} (${code})`, options);
    this.code = code;
  }
}

/** Stable codes of {@link TestkitError}; the package's README says what to do about each. */
export type TestkitErrorCode =
  /** Neither the folder nor one above it holds a plugin. */
  | 'BFD_TESTKIT_PLUGIN'
  /** The plugin has no such job, or several and the test names none. */
  | 'BFD_TESTKIT_JOB'
  /** The job has no schedule, and a test asks when it fires. */
  | 'BFD_TESTKIT_SCHEDULE'
  /** The job changes its tables at each run, so there is no end state to compare. */
  | 'BFD_TESTKIT_NO_END'
  /** The job finds nothing to do in what the test prepared. */
  | 'BFD_TESTKIT_NO_WORK'
  /** A test for canaries makes none. */
  | 'BFD_TESTKIT_NO_CANARIES'
  /** The job does not succeed even when nothing disturbs it. */
  | 'BFD_TESTKIT_UNDISTURBED';
