// Codes that the host itself gives to what became of a job. They say nothing of a row, so a run may tell in its own error
// with which of them its items failed. A list and not a pattern: `BFD_SMITH` could be made of a name.

import { RUNTIME_ERROR_CODES } from './runtime-errors.ts';
import { safeCodes } from './safe-codes.ts';
import { SQL_CONDITION_NAMES } from './sql-conditions.ts';

const CODES = new Set<string>([
  ...RUNTIME_ERROR_CODES,
  ...[...SQL_CONDITION_NAMES].map((name) => `BFD_SQL_${name}`),
  ...[...safeCodes.s3Names()].map(s3Code),
  ...`BFD_ABORT_IGNORED BFD_ITEM_GONE BFD_JOB_BLOCKED BFD_JOB_ERROR BFD_JOB_EXITED BFD_JOB_KILLED BFD_JOB_MEMORY
    BFD_JOB_NOT_PERMITTED BFD_JOB_OPEN_FILES BFD_JOB_OUTPUT BFD_JOB_PROTOCOL BFD_JOB_START BFD_JOB_TEMP_FILES
    BFD_JOB_THREW BFD_S3_ERROR`.split(/\s+/),
]);

export function isHostCode(code: string): boolean {
  if (CODES.has(code)) return true;
  const [, name] = /^BFD_SYSTEM_(\w+)$/.exec(code) ?? [];
  return name !== undefined && (safeCodes.system(name) || safeCodes.system(`ERR_${name}`));
}

/** @param name - of an error of S3, such as `NoSuchKey` */
export function s3Code(name: string): string {
  return `BFD_S3_${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;
}
