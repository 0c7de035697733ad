// What a SQLSTATE means and what to do about it. PostgreSQL's own messages stay in the job's process: their
// DETAIL, and often the message itself, holds the values of a row.
// Source of the names: https://www.postgresql.org/docs/current/errcodes-appendix.html

interface SqlCondition {
  /** Ends the code `BFD_SQL_…`. */
  readonly name: string;
  readonly says: string;
  readonly remedy: string;
}

const MEND_DATA =
  'Look at the row in the source data; a job that can name its place throws a JobError.';
const MEND_STATEMENT = 'Mend the statement in the job, or run the migrations it was written for.';
const LOOK_AT_SERVER = 'Look at the log of the database server.';
const RETRY = 'Nothing to do if it passes: give the job retries.';

const CONDITIONS: Readonly<Record<string, SqlCondition>> = {
  '08P01': {
    name: 'PARAMETERS',
    says: 'it has more or fewer values than parameters',
    remedy: 'Give the statement one value for each of $1, $2, …',
  },
  '21000': {
    name: 'CARDINALITY',
    says: 'a subquery gave several rows where one must be, or an upsert met a row twice',
    remedy: 'Mend the statement in the job; an upsert must be given each key once.',
  },
  '22001': {
    name: 'STRING_TOO_LONG',
    says: 'a text is too long for its column',
    remedy: MEND_DATA,
  },
  '22003': { name: 'NUMBER_OUT_OF_RANGE', says: 'a number is out of range', remedy: MEND_DATA },
  '22007': { name: 'INVALID_DATE', says: 'a text is no date or time', remedy: MEND_DATA },
  '22008': { name: 'DATE_OUT_OF_RANGE', says: 'a date or time is out of range', remedy: MEND_DATA },
  '22012': { name: 'DIVISION_BY_ZERO', says: 'a division by zero', remedy: MEND_STATEMENT },
  '22021': {
    name: 'INVALID_CHARACTER',
    says: 'a text has a byte that is no character of the database',
    remedy: MEND_DATA,
  },
  '2201B': {
    name: 'REGULAR_EXPRESSION',
    says: 'a regular expression is malformed',
    remedy: 'Mend the expression, and escape what comes from data.',
  },
  '22P02': {
    name: 'INVALID_TEXT',
    says: 'a text is not of the type it should have',
    remedy: MEND_DATA,
  },
  '22P04': { name: 'BAD_COPY_FORMAT', says: 'a line of a COPY is malformed', remedy: MEND_DATA },
  '23502': { name: 'NOT_NULL', says: 'a value is missing where one must be', remedy: MEND_DATA },
  '23503': {
    name: 'FOREIGN_KEY',
    says: 'a row refers to one that is not there, or is still referred to',
    remedy: MEND_DATA,
  },
  '23505': { name: 'UNIQUE', says: 'a row with this key is there already', remedy: MEND_DATA },
  '23514': { name: 'CHECK', says: 'a value breaks a check', remedy: MEND_DATA },
  '23P01': { name: 'EXCLUSION', says: 'a row conflicts with one that is there', remedy: MEND_DATA },
  '25006': {
    name: 'READ_ONLY',
    says: 'the database takes no writes now',
    remedy: 'Look whether the URL leads to a standby, or the job made its transaction read only.',
  },
  '25P02': {
    name: 'TRANSACTION_BROKEN',
    says: 'an earlier statement of the transaction failed',
    remedy: 'Let the error of the first statement leave the work.',
  },
  '25P03': {
    name: 'IDLE_IN_TRANSACTION',
    says: 'a transaction stood idle for too long',
    remedy: 'Read and compute before the transaction, not inside it.',
  },
  '25P04': {
    name: 'TRANSACTION_TIMEOUT',
    says: 'a transaction took longer than it may',
    remedy: 'Do less in one transaction, or raise transaction_timeout of the role.',
  },
  '28000': {
    name: 'LOGIN',
    says: 'the role may not log in',
    remedy: 'Check the database URL and pg_hba.conf.',
  },
  '28P01': { name: 'PASSWORD', says: 'the password is wrong', remedy: 'Check the database URL.' },
  '3D000': {
    name: 'NO_DATABASE',
    says: 'there is no such database',
    remedy: 'Check the database URL.',
  },
  '3F000': { name: 'NO_SCHEMA', says: 'there is no such schema', remedy: MEND_STATEMENT },
  '40001': { name: 'SERIALIZATION', says: 'it conflicts with another transaction', remedy: RETRY },
  '40P01': {
    name: 'DEADLOCK',
    says: 'it and another transaction waited for each other',
    remedy: RETRY,
  },
  '42501': {
    name: 'PRIVILEGE',
    says: 'the role may not do this',
    remedy:
      'Grant the role of this job what it needs, or give the plugin a "database.url" of a role that may.',
  },
  '42601': { name: 'SYNTAX', says: 'it is not valid SQL', remedy: MEND_STATEMENT },
  '42702': {
    name: 'AMBIGUOUS_COLUMN',
    says: 'a column could be of several tables',
    remedy: 'Put the name of its table before it.',
  },
  '42703': { name: 'NO_COLUMN', says: 'there is no such column', remedy: MEND_STATEMENT },
  '42804': {
    name: 'TYPE_MISMATCH',
    says: 'an expression is of another type than its column',
    remedy: MEND_STATEMENT,
  },
  '42883': { name: 'NO_FUNCTION', says: 'there is no such function', remedy: MEND_STATEMENT },
  '42P01': { name: 'NO_TABLE', says: 'there is no such table', remedy: MEND_STATEMENT },
  '42P07': { name: 'TABLE_EXISTS', says: 'there is such a table already', remedy: MEND_STATEMENT },
  '53100': {
    name: 'DISK_FULL',
    says: "the server's disk is full",
    remedy: 'Make room on the database server.',
  },
  '53200': { name: 'SERVER_MEMORY', says: 'the server is out of memory', remedy: LOOK_AT_SERVER },
  '53300': {
    name: 'TOO_MANY_CONNECTIONS',
    says: 'the server has no connections left',
    remedy: 'Lower "connections" of the plugins or raise max_connections of the server.',
  },
  '55P03': { name: 'LOCK_TIMEOUT', says: 'a lock was not to be had in time', remedy: RETRY },
  '57014': {
    name: 'STATEMENT_TIMEOUT',
    says: 'it took longer than it may, or somebody cancelled it',
    remedy: 'Raise "statementTimeoutMs" in the plugin\'s settings, or make the statement do less.',
  },
  '57P01': { name: 'SESSION_ENDED', says: 'an administrator ended the session', remedy: RETRY },
  '57P02': {
    name: 'SERVER_CRASHED',
    says: 'the server crashed and recovers',
    remedy: LOOK_AT_SERVER,
  },
  '57P03': { name: 'SERVER_STARTING', says: 'the server is starting or stopping', remedy: RETRY },
};

const CLASSES: Readonly<Record<string, SqlCondition>> = {
  '08': { name: 'CONNECTION', says: 'the connection failed', remedy: RETRY },
  '0A': { name: 'NOT_SUPPORTED', says: 'the server does not support this', remedy: MEND_STATEMENT },
  '22': { name: 'DATA', says: 'a value does not fit', remedy: MEND_DATA },
  '23': { name: 'CONSTRAINT', says: 'a row breaks a constraint', remedy: MEND_DATA },
  '25': {
    name: 'TRANSACTION_STATE',
    says: 'the transaction is not in a state for this',
    remedy: MEND_STATEMENT,
  },
  '28': { name: 'LOGIN', says: 'the role may not log in', remedy: 'Check the database URL.' },
  '40': { name: 'ROLLBACK', says: 'the transaction was rolled back', remedy: RETRY },
  '42': {
    name: 'STATEMENT',
    says: 'the statement or its rights are wrong',
    remedy: MEND_STATEMENT,
  },
  '53': { name: 'RESOURCES', says: 'the server is short of something', remedy: LOOK_AT_SERVER },
  '54': {
    name: 'TOO_LARGE',
    says: 'it is larger than the server takes',
    remedy: 'Send less at a time; index a hash of a long value and not the value.',
  },
  '55': { name: 'OBJECT_STATE', says: 'something is in use or not ready', remedy: RETRY },
  '57': { name: 'INTERVENTION', says: 'the server or an administrator stopped it', remedy: RETRY },
  '58': { name: 'SERVER_SYSTEM', says: "the server's system failed", remedy: LOOK_AT_SERVER },
  XX: {
    name: 'SERVER_INTERNAL',
    says: 'the server met an error of its own',
    remedy: LOOK_AT_SERVER,
  },
  P0: {
    name: 'RAISED',
    says: 'a function or trigger of the database raised an error',
    remedy:
      'Look at the functions and triggers of the tables that this line works on; what they said may hold row data and is withheld.',
  },
};

const OTHER: SqlCondition = {
  name: 'REFUSED',
  says: 'for a reason that only its SQLSTATE tells',
  remedy: 'Look the SQLSTATE up in the manual of PostgreSQL.',
};

const OF_ITS_OWN: SqlCondition = {
  name: OTHER.name,
  says: 'a function or trigger raised a SQLSTATE of its own, which is withheld',
  remedy:
    'Look at the functions and triggers that this line calls; a SQLSTATE that the job names as a constant is shown.',
};

export const SQL_CONDITION_NAMES: ReadonlySet<string> = new Set(
  [...Object.values(CONDITIONS), ...Object.values(CLASSES), OTHER].map(({ name }) => name),
);

/** `undefined`: a SQLSTATE that is not shown. */
export function sqlCondition(state: string | undefined): SqlCondition {
  if (state === undefined) return OF_ITS_OWN;
  return CONDITIONS[state] ?? CLASSES[state.slice(0, 2)] ?? OTHER;
}
