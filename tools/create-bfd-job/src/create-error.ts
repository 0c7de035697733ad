/** Nothing was written, and why. */
export class CreateError extends Error {
  override readonly name = 'CreateError';
  readonly code: CreateErrorCode;
  readonly problems: readonly string[];

  constructor(code: CreateErrorCode, problems: readonly string[], options?: ErrorOptions) {
    const lines = problems.map((problem) => `  ${problem}.`);
    super(`No job was made (${code}):\n${lines.join('\n')}`, options);
    this.code = code;
    this.problems = problems;
  }
}

export type CreateErrorCode =
  /** Something that was said will not do. */
  | 'BFD_CREATE_ANSWERS'
  /** There is a folder, or a job, of that name already. */
  | 'BFD_CREATE_EXISTS'
  /** Nobody can be asked: there is no terminal. */
  | 'BFD_CREATE_NO_TERMINAL'
  /** The folder cannot be written. */
  | 'BFD_CREATE_WRITE';

/** The author has changed their mind. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
