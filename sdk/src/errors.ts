// Errors a job throws on purpose. Their text may leave the process because it can only be put together from a
// constant template and safe fields. Of any other error only its class name and SQLSTATE-like facts leave.

import type { Constant, SafeFields, SafeText } from './safe.ts';

const BRAND = Symbol.for('@bfd-host/job-error');

/** Where one thing is wrong. Never the value that is wrong. */
export interface Place {
  /** What is wrong, such as `BFD_RIF_DATE`. */
  readonly code: string;
  readonly file?: SafeText;
  /** Line of the file, the header being line 1. */
  readonly line?: number;
  /** Column name as in the file's header. */
  readonly column?: SafeText;
}

/** What goes with a {@link JobError} besides its text. */
export interface JobErrorOptions extends ErrorOptions {
  /** At most the first 20 are kept. */
  readonly places?: readonly Place[];
}

/**
 * A failure with a code and a text that people outside may read. The run fails, and is retried if the job
 * has retries.
 *
 * @typeParam T - the template: a string literal, with `{field}` where a field goes
 * @example
 * throw new JobError('BFD_RIF_MD5', '{file} does not have the MD5 its metadata says. Upload it again.', {
 *   file: safe.file(key),
 * });
 */
export class JobError<T extends string = string> extends Error {
  override readonly name: string = 'JobError';
  readonly code: string;
  readonly template: string;
  readonly fields: SafeFields;
  readonly places: readonly Place[];
  /** Whether trying again is useless. */
  readonly isPermanent: boolean = false;

  constructor(
    code: string,
    template: Constant<T>,
    fields: SafeFields = {},
    options: JobErrorOptions = {},
  ) {
    super(fillTemplate(template, fields), options);
    this.code = code;
    this.template = template;
    this.fields = fields;
    this.places = (options.places ?? []).slice(0, 20);
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * A failure that a retry cannot mend, such as a malformed manifest: the run fails at once.
 *
 * @example
 * throw new PermanentError('BFD_SCHEMA_NEWER', 'The database is at version {version}. Use a newer build.', {
 *   version: 43,
 * });
 */
export class PermanentError<T extends string = string> extends JobError<T> {
  override readonly name: string = 'PermanentError';
  override readonly isPermanent: boolean = true;
}

/** True for errors of any copy of this SDK, which `instanceof` is not. */
export function isJobError(error: unknown): error is JobError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** Puts fields into a template. A field the template does not name is left out, a name without a field stays. */
export function fillTemplate(template: string, fields: SafeFields): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) ? String(fields[name]) : whole,
  );
}
