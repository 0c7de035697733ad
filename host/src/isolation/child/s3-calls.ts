// Which call an error of S3 answers: the error itself does not say.

export interface S3Call {
  readonly operation: string;
  /** Absent when its name may not be shown. */
  readonly bucket?: string;
}

const CALLS = new WeakMap<object, S3Call>();

export function noteCall(error: unknown, call: S3Call): void {
  if (typeof error === 'object' && error !== null) CALLS.set(error, call);
}

export function callBehind(error: unknown): Partial<S3Call> {
  return (typeof error === 'object' && error !== null && CALLS.get(error)) || {};
}
