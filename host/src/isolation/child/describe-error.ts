// What an error thrown in a job may say outside of its process. Its message, stack and properties may hold a row:
// node-postgres puts the values of a row into most errors. So nothing is filtered out; little is taken along.

import { isJobError, safeForm } from '@bfd-host/sdk/runtime';
import type { BundleText } from '../bundle-text.ts';
import { isHostCode } from '../host-codes.ts';
import { isKnownName, knownSqlNames } from '../known-names.ts';
import type { ErrorFacts, SqlFacts } from '../protocol.ts';
import type { RuntimeErrorCode } from '../runtime-errors.ts';
import { isKnownClass, isKnownSqlState, safeCodes } from '../safe-codes.ts';
import { dataProperty, isList, ownKeys } from './private.ts';
import { runtimeErrorFacts } from './runtime-error.ts';
import { callBehind } from './s3-calls.ts';
import { sqlHints } from './sql-hints.ts';
import { wireFields, wireText } from './wire-values.ts';

const LONGEST_CHAIN = 8;

export interface ErrorReader {
  readonly bundle: BundleText;
  /** URL of the bundle, as in stack traces. */
  readonly bundleUrl: string;
}

/** The most telling of an error and its causes, as facts that may leave. Never throws. */
export function describeError(error: unknown, reader: ErrorReader): ErrorFacts {
  try {
    const chain = causesOf(error);
    const at = placeInBundle(chain, reader.bundleUrl);
    const told = mostTelling(chain, reader);
    return { ...told, ...(at ? { at } : {}) };
  } catch {
    // A property that bites. There is nothing to be told of such an error.
    return { source: 'other' };
  }
}

/** As {@link describeError}; an error that tells nothing of itself is called `code`. */
export function describeErrorAs(
  code: RuntimeErrorCode,
  error: unknown,
  reader: ErrorReader,
): ErrorFacts {
  const facts = describeError(error, reader);
  if (facts.source !== 'other') return facts;
  const { className, at } = facts;
  return {
    source: 'runtime',
    code,
    fields: [],
    ...(className === undefined ? {} : { className }),
    ...(at ? { at } : {}),
  };
}

function mostTelling(chain: readonly unknown[], reader: ErrorReader): ErrorFacts {
  const sql = firstOf(chain, (error) => sqlFacts(error, reader.bundle));
  const job = firstOf(chain, (error) => jobFacts(error, reader.bundle));
  if (job) return sql ? { ...job, sql } : job;
  const runtime = firstOf(chain, runtimeFacts);
  if (runtime) return runtime;
  if (sql) return { source: 'sql', sql };
  return (
    firstOf(chain, s3Facts) ??
    firstOf(chain, systemFacts) ??
    firstOf(chain, driverFacts) ?? { source: 'other', ...className(chain[0], reader.bundle) }
  );
}

function firstOf<T>(
  chain: readonly unknown[],
  read: (error: unknown) => T | undefined,
): T | undefined {
  for (const error of chain) {
    const found = read(error);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error, its causes, and the first parts of those that are several. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < LONGEST_CHAIN) {
    const next = waiting.shift();
    if (chain.includes(next)) continue;
    chain.push(next);
    const parts = dataProperty(next, 'errors');
    if (isList(parts)) waiting.push(...parts.slice(0, 2));
    const cause = dataProperty(next, 'cause');
    if (cause !== undefined) waiting.push(cause);
  }
  return chain;
}

function jobFacts(
  error: unknown,
  bundle: BundleText,
): Extract<ErrorFacts, { source: 'job' }> | undefined {
  // Asked for first: `in` on a proxy runs its maker's code.
  if (dataProperty(error, 'template') === undefined || !isJobError(error)) return undefined;
  const code = dataProperty(error, 'code');
  const template = dataProperty(error, 'template');
  const places = dataProperty(error, 'places');
  return {
    source: 'job',
    ...(typeof code === 'string' && bundle.hasWord(code) ? { code } : {}),
    ...(typeof template === 'string' && bundle.hasLiteral(template) ? { template } : {}),
    fields: wireFields(dataProperty(error, 'fields'), bundle).fields,
    places: isList(places) ? places.slice(0, 20).flatMap((place) => placeFacts(place, bundle)) : [],
    isPermanent: dataProperty(error, 'isPermanent') === true,
  };
}

function placeFacts(place: unknown, bundle: BundleText) {
  const code = dataProperty(place, 'code');
  if (typeof code !== 'string' || !(bundle.hasWord(code) || isHostCode(code))) return [];
  const file = wireText(dataProperty(place, 'file'), bundle);
  const line = dataProperty(place, 'line');
  const column = wireText(dataProperty(place, 'column'), bundle);
  const isLine = typeof line === 'number' && Number.isSafeInteger(line) && line >= 0;
  return [
    { code, ...(file ? { file } : {}), ...(isLine ? { line } : {}), ...(column ? { column } : {}) },
  ];
}

function runtimeFacts(error: unknown): ErrorFacts | undefined {
  const known = runtimeErrorFacts(error);
  if (!known) return undefined;
  const { code, fields } = known;
  return {
    source: 'runtime',
    code,
    fields: ownKeys(fields).map((name) => [name, fields[name] ?? null]),
  };
}

// By its shape, since a plugin may carry a driver of its own.
function sqlFacts(error: unknown, bundle: BundleText): SqlFacts | undefined {
  const state = dataProperty(error, 'code');
  if (typeof state !== 'string' || !/^[0-9A-Z]{5}$/.test(state)) return undefined;
  const isFromServer = ['severity', 'routine'].some(
    (key) => typeof dataProperty(error, key) === 'string',
  );
  if (!isFromServer) return undefined;
  const text = (key: string): string | undefined => {
    const value = dataProperty(error, key);
    return typeof value === 'string' ? value : undefined;
  };
  const { table, column, ...hints } = sqlHints(state, text('message'), text('where'), bundle);
  const ownType = text('dataType');
  const names = knownSqlNames(
    {
      schema: text('schema'),
      table: text('table') ?? table,
      column: text('column') ?? column,
      constraint: text('constraint'),
    },
    bundle,
  );
  return {
    ...(isKnownSqlState(state, bundle) ? { state } : {}),
    ...names,
    ...(ownType !== undefined && isKnownName(ownType, bundle) ? { type: ownType } : {}),
    ...hints,
  };
}

function s3Facts(error: unknown): ErrorFacts | undefined {
  const metadata = dataProperty(error, '$metadata');
  const name = dataProperty(error, 'name');
  const isKnown = typeof name === 'string' && safeCodes.s3(name);
  const isWithoutAnswer =
    isKnown && (name === 'CredentialsProviderError' || name === 'TimeoutError');
  if (metadata === undefined && !isWithoutAnswer) return undefined;
  const status = dataProperty(metadata, 'httpStatusCode');
  const isStatus = typeof status === 'number' && Number.isInteger(status) && status < 1000;
  return {
    source: 's3',
    name: isKnown ? name : '',
    ...(isStatus ? { status } : {}),
    ...callBehind(error),
  };
}

function systemFacts(error: unknown): ErrorFacts | undefined {
  const code = dataProperty(error, 'code');
  if (typeof code !== 'string' || !safeCodes.system(code)) return undefined;
  const syscall = dataProperty(error, 'syscall');
  const permission = dataProperty(error, 'permission');
  return {
    source: 'system',
    code,
    ...(typeof syscall === 'string' && safeCodes.syscall(syscall) ? { syscall } : {}),
    ...(typeof permission === 'string' && safeCodes.permission(permission) ? { permission } : {}),
  };
}

// Errors of the driver have no code. Its own constant texts tell them apart.
const DRIVER_TEXTS: ReadonlyMap<unknown, RuntimeErrorCode> = new Map([
  ['Connection terminated', 'BFD_DB_CONNECTION_LOST'],
  ['Connection terminated unexpectedly', 'BFD_DB_CONNECTION_LOST'],
  ['Client has encountered a connection error and is not queryable', 'BFD_DB_CONNECTION_LOST'],
  ['Client was closed and is not queryable', 'BFD_DB_CONNECTION_LOST'],
  ['Connection terminated due to connection timeout', 'BFD_DB_CONNECT_TIMEOUT'],
  ['timeout expired', 'BFD_DB_CONNECT_TIMEOUT'],
  ['timeout exceeded when trying to connect', 'BFD_DB_POOL_TIMEOUT'],
  ['Cannot use a pool after calling end on the pool', 'BFD_DB_POOL_ENDED'],
]);
const STATEMENT_NAME = /^Prepared statements must be unique - /;

function driverFacts(error: unknown): ErrorFacts | undefined {
  const message = dataProperty(error, 'message');
  const isNameTaken = typeof message === 'string' && STATEMENT_NAME.test(message);
  const code = isNameTaken ? 'BFD_DB_STATEMENT_NAME' : DRIVER_TEXTS.get(message);
  return code === undefined ? undefined : { source: 'runtime', code, fields: [] };
}

function className(error: unknown, bundle: BundleText): { className?: string } {
  if (error === null) return { className: 'null' };
  if (typeof error !== 'object') return { className: typeof error };
  const name = dataProperty(dataProperty(error, 'constructor'), 'name');
  if (typeof name !== 'string') return {};
  const isSafe = isKnownClass(name) || (safeForm('name', name) === name && bundle.hasWord(name));
  return isSafe ? { className: name } : {};
}

const FRAME = /^ {4}at (?:.* \()?(file:\/\/[^\s()]+):(\d{1,7}):(\d{1,7})\)?$/gm;

/** Where in the bundle the first error of the chain that came from there did. Two numbers, no text. */
function placeInBundle(chain: readonly unknown[], bundleUrl: string) {
  for (const error of chain) {
    if (!(error instanceof Error)) continue;
    const { stack } = error;
    if (typeof stack !== 'string') continue;
    for (const [, url, line, column] of stack.matchAll(FRAME)) {
      if (url === bundleUrl) return { line: Number(line), column: Number(column) };
    }
  }
  return undefined;
}
