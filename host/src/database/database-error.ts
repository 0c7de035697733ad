import { BfdError } from '../errors.ts';

/** The database does not answer, or refuses us. The URL's password is not in the text. */
export class DatabaseError extends BfdError {
  readonly code = 'BFD_DATABASE_UNREACHABLE';

  constructor(url: string, cause: unknown) {
    super(
      `The database at ${withoutSecrets(url)} cannot be used: ${reason(cause)}. ` +
        'Check "database" in host.config.json or BFD_DATABASE_URL, and that the server is up.',
      { cause },
    );
  }
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)';
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '5432'}${pathname}`;
}

// PostgreSQL's own message can hold values; its SQLSTATE and Node's error codes cannot.
function reason(cause: unknown): string {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no host of that name',
    ETIMEDOUT: 'it did not answer in time',
    '28P01': 'it refused the password',
    '28000': 'it refused the user',
    '3D000': 'there is no database of that name',
    '53300': 'it has no connection free',
    '57P03': 'it is starting up',
  };
  return (
    known[code] ?? (/^[A-Z0-9_]{3,32}$/.test(code) ? `error ${code}` : 'it did not answer in time')
  );
}

const LOCK_TIMEOUT = '55P03';

// 08 connection, 25006 a standby that is not yet the primary, 25P03 the session ended since it stood still, 40 deadlock and
// the like, 53 out of connections, disk or memory, 55P03 lock timeout, 57 operator intervention, 58 system error.
const PASSING =
  /^(08|25006|25P03|40|53|55P03|57|58)|^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;

/** Whether the database was away or busy, so that the same transaction may work a moment later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  // What pg itself throws has no code.
  return code === '' ? /connection|timeout/i.test(error.message) : PASSING.test(code);
}

/** Whether no answer came in time, so that the connection may be dead. What was asked may be done all the same. */
export function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout'; // pg gives it no code
}

/** Whether somebody else kept a row locked for too long. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === LOCK_TIMEOUT;
}

/** Whether an error is the database's doing at all, or that of the way to it. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isPassing(error) || /^[0-9A-Z]{5}$/.test(codeOf(error));
}

/** SQLSTATE or Node's code; empty if there is none that is safe to tell. */
export function codeOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return /^\w{1,40}$/.test(code) ? code : '';
}
