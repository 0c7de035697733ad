// Names and attributes that a span of a job's process may have: the operation and the table, never a value. The
// child makes spans by these rules, and the host checks them by the same.

import { safeForm } from '@bfd-host/sdk/runtime';
import type { BundleText } from './bundle-text.ts';
import { isKnownName } from './known-names.ts';
import { isKnownSqlState, safeCodes } from './safe-codes.ts';

export const WORK_SPANS = [
  'job.run',
  'job.preflight',
  'job.item',
  'job.transaction',
  'job.checkpoint',
  'job.upload',
] as const;

export type WorkSpan = (typeof WORK_SPANS)[number];

const SQL_VERBS = new Set(
  `ALTER ANALYZE BEGIN CALL CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DISCARD DO DROP END
   EXECUTE EXPLAIN FETCH GRANT INSERT LISTEN LOCK MERGE NOTIFY PREPARE REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK
   SAVEPOINT SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM VALUES WITH`.split(/\s+/),
);

/** What a statement does and to which table, as far as both can be told without telling a value. */
export interface StatementFacts {
  readonly verb: string;
  readonly table?: string;
}

const LEADING = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([A-Za-z]+)/;
const TABLE =
  /\b(?:into|from|update|copy|table|join|call)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+)?([A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?)/i;

export function statementFacts(statement: string, bundle: BundleText): StatementFacts {
  const start = statement.slice(0, 2000);
  const verb = LEADING.exec(start)?.[1]?.toUpperCase() ?? '';
  const table = TABLE.exec(start)?.[1];
  return {
    verb: SQL_VERBS.has(verb) ? verb : 'OTHER',
    ...(table !== undefined && isTableName(table, bundle) ? { table } : {}),
  };
}

// A pasted value can stand where a table does, as in `select 'taken from smith'`; so only names of the bundle.
function isTableName(name: string, bundle: BundleText): boolean {
  return name.split('.').every((part) => bundle.hasWord(part));
}

export function isKnownSpanName(name: string, bundle: BundleText): boolean {
  if (WORK_SPANS.some((known) => known === name)) return true;
  const [first = '', second, ...more] = name.split(' ');
  if (more.length > 0) return false;
  if (first.startsWith('S3.')) return second === undefined && safeCodes.s3Operation(first.slice(3));
  if (!SQL_VERBS.has(first) && first !== 'OTHER') return false;
  return second === undefined || isTableName(second, bundle);
}

export function isKnownSpanAttribute(
  name: string,
  value: string | number | boolean,
  bundle: BundleText,
): boolean {
  switch (name) {
    case 'db.system.name':
      return value === 'postgresql';
    case 'db.operation.name':
      return typeof value === 'string' && (SQL_VERBS.has(value) || value === 'OTHER');
    case 'db.collection.name':
      return typeof value === 'string' && isTableName(value, bundle);
    case 'db.query.text':
      return typeof value === 'string' && bundle.hasLiteral(value);
    case 'db.response.status_code':
      return typeof value === 'string' && isSqlState(value, bundle);
    case 'rpc.system':
      return value === 'aws-api';
    case 'rpc.method':
      return (
        typeof value === 'string' &&
        value.startsWith('S3/') &&
        safeCodes.s3Operation(value.slice(3))
      );
    case 'aws.s3.bucket':
      return typeof value === 'string' && isShownBucket(value, bundle);
    case 'http.response.status_code':
    case 'bfd.item.index':
      return typeof value === 'number' && Number.isInteger(value);
    case 'error.type':
      return typeof value === 'string' && isErrorType(value, bundle);
    default:
      return false;
  }
}

function isErrorType(value: string, bundle: BundleText): boolean {
  return (
    isSqlState(value, bundle) ||
    safeCodes.s3(value) ||
    safeCodes.system(value) ||
    value === '_OTHER' ||
    (/^[A-Z][A-Z0-9_]{2,63}$/.test(value) && (value.startsWith('BFD_') || bundle.hasWord(value)))
  );
}

/** Whether a SQLSTATE may be an attribute. */
export function isSqlState(value: string, bundle: BundleText): boolean {
  return /^[0-9A-Z]{5}$/.test(value) && isKnownSqlState(value, bundle);
}

/** Whether the name of a bucket may be shown: an operator's bucket can be called after anything. */
export function isShownBucket(bucket: string, bundle: BundleText): boolean {
  return isKnownName(bucket, bundle) || safeForm('file', bucket) === bucket;
}
