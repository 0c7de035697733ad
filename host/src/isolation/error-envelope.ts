// The sentence people read of an error that came out of a job's process. It is put together here, from our own
// texts and from facts that have passed the gate; nothing an error object said of itself is in it.

import { safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { BundleText } from './bundle-text.ts';
import { isHostCode, s3Code } from './host-codes.ts';
import { isKnownName, knownSqlNames } from './known-names.ts';
import { MessageGate, shownText } from './message-gate.ts';
import type { ErrorEnvelope, ErrorFacts, ErrorPlace, SqlFacts } from './protocol.ts';
import { runtimeErrorText } from './runtime-errors.ts';
import { isKnownClass, isKnownSqlState, safeCodes } from './safe-codes.ts';
import { isShownBucket } from './span-rules.ts';
import { sqlCondition } from './sql-conditions.ts';
import { isKnownType } from './sql-types.ts';

type Facts<S extends ErrorFacts['source']> = Extract<ErrorFacts, { source: S }>;

const JOB_CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** What an error of a job says to the outside. `file` is the bundle's name, for places in it. */
export function errorEnvelope(facts: ErrorFacts, bundle: BundleText, file: string): ErrorEnvelope {
  const envelope = withoutPlace(facts, bundle);
  const { at } = facts;
  // What a job says itself needs no line: its code is found in the source.
  const isSaid = facts.source === 'job' && envelope.remedy === undefined;
  if (at === undefined || at.line > bundle.lines || isSaid) return envelope;
  // The line in plugin.js: a number, no larger than the bundle is long.
  const place = { code: envelope.code, file, line: at.line };
  return { ...envelope, places: [...envelope.places, place] };
}

function withoutPlace(facts: ErrorFacts, bundle: BundleText): ErrorEnvelope {
  switch (facts.source) {
    case 'job':
      return jobError(facts, bundle);
    case 'runtime':
      return runtimeError(facts, bundle);
    case 'sql':
      return sqlError(knownFacts(facts.sql, bundle));
    case 's3':
      return s3Error(facts, bundle);
    case 'system':
      return systemError(facts);
    case 'other':
      return otherError(facts, bundle);
  }
}

function jobError(facts: Facts<'job'>, bundle: BundleText): ErrorEnvelope {
  const { code, template, isPermanent, sql } = facts;
  const isCode = code !== undefined && JOB_CODE.test(code) && bundle.hasWord(code);
  const shownCode = isCode ? code : 'BFD_JOB_ERROR';
  const isText = template !== undefined && bundle.hasLiteral(template);
  const fields = new MessageGate(bundle).fields(facts.fields);
  return {
    code: shownCode,
    message: isText
      ? filled(template, fields)
      : 'The job failed, and its text is withheld, since it is not written in the bundle',
    ...(isText
      ? {}
      : { remedy: 'Give JobError a constant code and text; put what varies into its fields.' }),
    ...(sql ? sqlParts(knownFacts(sql, bundle)) : {}),
    places: facts.places.map((place) => errorPlace(place, bundle)),
    isPermanent,
  };
}

function errorPlace(place: Facts<'job'>['places'][number], bundle: BundleText): ErrorPlace {
  const { code, file, line, column } = place;
  return {
    code: isHostCode(code) || (JOB_CODE.test(code) && bundle.hasWord(code)) ? code : WITHHELD,
    ...(file === undefined ? {} : { file: shownText(file, bundle) }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column: shownText(column, bundle) }),
  };
}

function runtimeError(facts: Facts<'runtime'>, bundle: BundleText): ErrorEnvelope {
  const { template, remedy, isPermanent } = runtimeErrorText(facts.code);
  const fields: Record<string, string | number> = {};
  for (const [name, value] of facts.fields) {
    if (typeof value === 'number') fields[name] = value;
    else if (typeof value === 'object' && value !== null) fields[name] = shownText(value, bundle);
  }
  const problems = facts.problems?.map(({ path, problem }) => ({
    at: safeConfigPath(path, bundle),
    problem: isSafeConfigProblem(problem, bundle) ? problem : 'it is not as the job asks for',
  }));
  const list = problems?.map(({ at, problem }) => `${at || 'config'}: ${problem}`).join('; ');
  const message = filled(template, fields);
  const name = shownClass(facts.className, bundle);
  return {
    code: facts.code,
    message: list ? `${message}: ${list}` : message,
    remedy,
    ...(name === undefined ? {} : { name }),
    ...(problems ? { problems } : {}),
    places: [],
    isPermanent,
  };
}

function filled(
  template: string,
  fields: Readonly<Record<string, string | number | boolean | null>>,
): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) ? String(fields[name]) : whole,
  );
}

/** Looked at again: the other side is not believed. */
function knownFacts(facts: SqlFacts, bundle: BundleText): SqlFacts {
  const { state, subject, type, copyLine } = facts;
  return {
    ...(state !== undefined && isKnownSqlState(state, bundle) ? { state } : {}),
    ...knownSqlNames(facts, bundle),
    ...(subject !== undefined && isKnownName(subject, bundle) ? { subject } : {}),
    ...(type !== undefined && (isKnownType(type) || isKnownName(type, bundle)) ? { type } : {}),
    ...(copyLine === undefined ? {} : { copyLine }),
  };
}

function sqlError(sql: SqlFacts): ErrorEnvelope {
  const { state, subject, type, copyLine } = sql;
  const { name, says, remedy } = sqlCondition(state);
  const parts = sqlParts(sql);
  const where = [
    state && `SQLSTATE ${state}`,
    type && `type ${type}`,
    parts.table
      ? `table ${[parts.schema, parts.table].filter((part) => part !== undefined).join('.')}`
      : parts.schema && `schema ${parts.schema}`,
    parts.column && `column ${parts.column}`,
    parts.constraint && `constraint ${parts.constraint}`,
    copyLine !== undefined && `line ${copyLine} of what was copied`,
  ].filter((part) => part);
  const what = subject === undefined ? says : `${says}: ${subject}`;
  return {
    code: `BFD_SQL_${name}`,
    message: `The database refused a statement: ${what}${where.length > 0 ? ` (${where.join(', ')})` : ''}`,
    remedy,
    ...parts,
    places: [],
    isPermanent: false,
  };
}

type SqlParts = Pick<ErrorEnvelope, 'sqlState' | 'schema' | 'table' | 'column' | 'constraint'>;

function sqlParts({ state, schema, table, column, constraint }: SqlFacts): SqlParts {
  return {
    ...(state === undefined ? {} : { sqlState: state }),
    ...(schema === undefined ? {} : { schema }),
    ...(table === undefined ? {} : { table }),
    ...(column === undefined ? {} : { column }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

const PASSES = 'Nothing to do if it passes: give the job retries.';
const S3_REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied: 'Give the credentials of this plugin the right to do this in its bucket.',
  BadDigest:
    'The body was damaged on its way, or its checksum is of another body: see whether a retry helps.',
  CredentialsProviderError:
    'Give S3 credentials in host.config.json or in the environment of the host.',
  ExpiredToken: 'Renew the S3 credentials.',
  InternalError: PASSES,
  InvalidAccessKeyId: 'Check the S3 credentials.',
  InvalidRange:
    'The object is shorter than the job takes it for: it was replaced, or counted wrong.',
  KeyTooLongError: 'Use keys of 1,024 bytes at most.',
  NoSuchBucket: 'Create the bucket, or correct its name in the configuration of the job.',
  NoSuchKey: 'Look whether the object was deleted or moved while the job ran.',
  PermanentRedirect: 'Correct the S3 region in the configuration.',
  PreconditionFailed:
    'The object is not as the job expects, as when it was replaced: read it anew.',
  RequestTimeout: PASSES,
  ServiceUnavailable: PASSES,
  SignatureDoesNotMatch: 'Check the S3 credentials.',
  SlowDown: PASSES,
  TimeoutError: PASSES,
};

function s3Error(
  { name, status, operation, bucket }: Facts<'s3'>,
  bundle: BundleText,
): ErrorEnvelope {
  const shown = safeCodes.s3(name) ? name : 'an error of its own';
  const call = operation !== undefined && safeCodes.s3Operation(operation) ? ` ${operation}` : '';
  const place = bucket !== undefined && isShownBucket(bucket, bundle) ? ` in bucket ${bucket}` : '';
  return {
    code: safeCodes.s3(name) ? s3Code(name) : 'BFD_S3_ERROR',
    message: `S3 answered${call}${place} with ${shown}${status === undefined ? '' : ` (HTTP ${status})`}`,
    remedy:
      S3_REMEDIES[name] ?? 'Look at the log of the S3 service; give the job retries if it passes.',
    places: [],
    isPermanent: false,
  };
}

const GRANTS: Readonly<Record<string, string>> = {
  FileSystemRead: 'read',
  FileSystemWrite: 'write',
  ChildProcess: 'childProcesses',
  WorkerThreads: 'workers',
  Net: 'network',
  Addons: 'addons',
};

function systemError({ code, syscall, permission }: Facts<'system'>): ErrorEnvelope {
  if (!safeCodes.system(code)) return otherError({ source: 'other' }, undefined);
  const places: readonly ErrorPlace[] = [];
  if (code === 'ERR_ACCESS_DENIED' || code === 'ERR_DLOPEN_DISABLED') {
    // Only of a refused connection Node does not say which permission it lacks.
    const grant = GRANTS[permission ?? (code === 'ERR_DLOPEN_DISABLED' ? 'Addons' : 'Net')];
    return {
      code: 'BFD_JOB_NOT_PERMITTED',
      message: `The job tried to do what it was not granted${grant ? `: ${grant}` : ''}`,
      remedy: grant
        ? `If it must, declare "privileges": { "${grant}": … } in definePlugin and grant it in host.config.json.`
        : 'Nothing can grant it: find another way.',
      places,
      isPermanent: true,
    };
  }
  if (code === 'EMFILE') {
    return {
      code: 'BFD_JOB_OPEN_FILES',
      message: 'The job has as many files and sockets open as it may (EMFILE)',
      remedy: 'Close what is opened, or raise "openFiles" in the plugin\'s settings.',
      places,
      isPermanent: false,
    };
  }
  const where = syscall !== undefined && safeCodes.syscall(syscall) ? ` in ${syscall}` : '';
  const isOfNode = code.startsWith('ERR_');
  return {
    code: `BFD_SYSTEM_${code.replace(/^ERR_/, '')}`,
    message: isOfNode
      ? `Node.js refused a call with ${code}`
      : `A call to the system failed with ${code}${where}`,
    remedy:
      SYSTEM_REMEDIES[code] ??
      (isOfNode
        ? 'Look at what is passed on that line; its value is withheld, since it may be of a row.'
        : 'Look up the code in the documentation of Node.js.'),
    places,
    isPermanent: false,
  };
}

const UNREACHABLE =
  'Look whether the database or service is up and its address in the configuration right.';
const DISK = 'Make room on the disk of the temporary folder.';
const SYSTEM_REMEDIES: Readonly<Record<string, string>> = {
  EEXIST: 'There is such a file already: take another name, or open it to write over it.',
  EISDIR: 'What was opened as a file is a folder.',
  ENOTDIR: 'A part of the path is a file and no folder: look at what the path is made of.',
  EACCES: 'Look at the rights of the file or port; a job may only write to ctx.tempFolder.',
  EAI_AGAIN: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOENT: 'Look whether the file was there when the job asked for it.',
  ENOSPC: DISK,
  EDQUOT: DISK,
  ENOTFOUND: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  ERR_ASSERTION:
    'An assertion failed on that line; what was compared is withheld, since it may be of a row.',
  ERR_INVALID_ARG_TYPE:
    'A value on that line is of another type than the call takes; it is withheld, since it may be of a row.',
  ERR_INVALID_URL:
    'What that line takes for a URL is none; it is withheld, since it may be of a row.',
  ERR_MODULE_NOT_FOUND:
    'A bundle must hold all it imports: build it again with `bfd-plugin build`.',
  ERR_UNKNOWN_BUILTIN_MODULE: 'The job imports a module of Node that jobs may not use.',
};

function otherError(
  { className }: Pick<Facts<'other'>, 'className'> & { source: 'other' },
  bundle: BundleText | undefined,
): ErrorEnvelope {
  const name = shownClass(className, bundle);
  const isError = name === undefined || !NO_ERRORS.has(name);
  return {
    code: 'BFD_JOB_THREW',
    message: `The job threw ${name === undefined ? 'something' : withArticle(name)}; its text is withheld, since it may hold row data`,
    remedy: isError
      ? 'Throw a JobError with a code and a constant text to say what is wrong.'
      : 'Throw a JobError with a code and a constant text: what is no Error does not even know its line.',
    ...(name === undefined ? {} : { name }),
    places: [],
    isPermanent: false,
  };
}

/** What can be thrown and is no Error, as `typeof` calls it. */
const NO_ERRORS = new Set([
  'string',
  'number',
  'bigint',
  'boolean',
  'symbol',
  'function',
  'undefined',
  'null',
]);

function shownClass(name: string | undefined, bundle: BundleText | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (isKnownClass(name)) return name;
  return safeForm('name', name) === name && bundle?.hasWord(name) ? name : undefined;
}

function withArticle(name: string): string {
  if (name === 'undefined' || name === 'null') return name;
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}

// A path in the operator's file: names the author chose, and places in lists. A member that only the file names may be
// a value: keys of a record are.
function safeConfigPath(path: string, bundle: BundleText): string {
  if (path === '') return '';
  const shown = (part: string) => (isKnownName(part, bundle) ? part : WITHHELD);
  return path
    .split('.')
    .map((part) => (/^\d{1,4}$/.test(part) ? part : shown(part)))
    .join('.');
}

// What zod says of a value without saying the value, and texts the author wrote.
const TYPE =
  '(?:string|number|int|boolean|bigint|date|array|object|record|tuple|null|undefined|map|set|nan|NaN)';
const CONFIG_PROBLEMS = [
  new RegExp(`^Invalid input: expected ${TYPE}, received ${TYPE}$`, 'i'),
  /^Invalid input$/,
  /^Too (big|small): expected (string|number|int|array|object|record|set|map|bigint) to (have|be) [<>=]{1,2}-?\d{1,10}( characters| items| bytes| keys)?$/,
  /^Invalid number: must be a multiple of \d{1,10}$/,
  /^Invalid (URL|email address|UUID|ISO datetime|ISO date|ISO time|duration|cron)$/i,
];

function isSafeConfigProblem(problem: string, bundle: BundleText): boolean {
  return CONFIG_PROBLEMS.some((form) => form.test(problem)) || bundle.hasLiteral(problem);
}
