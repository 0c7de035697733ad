// The last edge: an error becomes words on stderr and an exit code. Node's own way would print messages and
// members of errors, and those of the database's driver hold values of rows.

import { codeOf, isDatabaseTrouble } from '../database/database-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export interface ToldError {
  /** Empty when somebody else has told it already. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** Words for an error, and the exit code it stands for. A stack only for what nobody expected, without its message. */
export function tellError(thrown: unknown): ToldError {
  const error = rootOf(thrown);
  if (!(error instanceof Error)) {
    const text = 'bfd-host ended with something that is no error (BFD_UNEXPECTED).';
    return { text, exitCode: EXIT.failed };
  }
  const code = codeOf(error);
  if (code.startsWith('BFD_')) {
    const text = error.message.includes(code) ? error.message : `${error.message} (${code})`;
    return { text, exitCode: EXITS[code] ?? EXIT.badUse };
  }
  if (isCommander(error)) {
    return { text: '', exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.badUse };
  }
  if (isDatabaseTrouble(error)) {
    return { text: databaseText(code), exitCode: EXIT.failed };
  }
  const text = `bfd-host met an error of its own (BFD_UNEXPECTED): ${error.name}${code ? ` ${code}` : ''}\n${frames(error)}`;
  return { text, exitCode: EXIT.failed };
}

/** Codes that are nobody's wrong use of the command line or the configuration. */
const EXITS: Readonly<Record<string, ExitCode>> = {
  BFD_DATABASE_UNREACHABLE: EXIT.failed,
  BFD_HOST_FAULT: EXIT.failed,
  BFD_LEASE_LOST: EXIT.lostLease,
};

/** What went wrong first, when letting go of something failed on top of it. */
function rootOf(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? rootOf(thrown.suppressed) : thrown;
}

// commander has printed its own words already; asking for help or version is no mistake.
function isCommander(error: Error): error is Error & { readonly exitCode: number } {
  return 'code' in error && String(error.code).startsWith('commander.') && 'exitCode' in error;
}

function databaseText(code: string): string {
  if (code === '42501') {
    return (
      "The database's role may not do what bfd-host needs (SQLSTATE 42501). Let a DBA apply the output of " +
      '`bfd-host migrate --sql`, and grant the role use of the schemas bfd_host and pgboss. (BFD_DATABASE_REFUSED)'
    );
  }
  return (
    `The database did not do what it was asked (${code || 'the connection broke'}). Check that the server is up, ` +
    'and try again. (BFD_DATABASE_FAILED)'
  );
}

// Where it happened, without the message, which may quote a value.
function frames(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((lineOfStack) => /^\s+at /.test(lineOfStack))
    .join('\n');
}
