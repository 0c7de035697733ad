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

/** Whether the database was away, so that the same statement may work a moment later. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  // 08: connection, 57P: operator intervention, 53300: too many connections. pg itself throws without a code.
  if (/^(08|57P|53300|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_)/.test(code)) return true;
  return code === '' && /connection|timeout/i.test(error.message);
}
