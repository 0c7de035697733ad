// A job's configuration against the JSON Schema in its manifest, before its process is started. Messages are
// ours and repeat no value, nor a member's name that is no setting's: either may be a secret or somebody's.

import { WITHHELD } from '@bfd-host/sdk/runtime';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { didYouMean, nearestName } from '../config/did-you-mean.ts';
import { memberPath, quoted } from '../config/member-path.ts';
import type { Problem } from '../errors.ts';
import { OutOfTimeError, withinTime } from './within-time.ts';

/** Time for checking the configurations of one plugin: a hundred times what sane schemas take. */
export class CheckTime {
  #leftMs = CHECK_MS;

  /**
   * Does `work` in the time that is left.
   *
   * @throws {@link OutOfTimeError} when there is none, or no more
   */
  spend<T>(work: () => T): T {
    if (this.#leftMs <= 0) throw new OutOfTimeError('no time left');
    const startedAt = performance.now();
    try {
      return withinTime(Math.ceil(this.#leftMs), work);
    } finally {
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}

const CHECK_MS = 3000;

/**
 * Checks `config` against `schema`.
 *
 * @param at - where it is in the file, such as `['jobs', 'ccw-rif-load', 'config']`
 * @returns everything that is wrong, with its place in the file
 */
export function checkJobConfig(
  schema: Readonly<Record<string, unknown>>,
  config: unknown,
  at: readonly string[],
  time: CheckTime,
): Problem[] {
  try {
    return describe(
      time.spend(() => validate(schema, config)),
      at,
      settingsOf(schema),
    );
  } catch (error) {
    const why =
      error instanceof OutOfTimeError
        ? `and those of its other jobs take longer than ${CHECK_MS} ms`
        : 'is no usable JSON Schema';
    const problem = `cannot be checked: the schema its plugin declares ${why}; the plugin has to be mended`;
    return [{ at: memberPath(at), problem }];
  }
}

function validate(
  schema: Readonly<Record<string, unknown>>,
  config: unknown,
): readonly ErrorObject[] {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: false, // the author's own schema fills them in, in the job's process
    strict: false, // words this ajv does not know say nothing about the value
    logger: false,
    verbose: true,
  });
  formats.default(ajv);
  const check: ValidateFunction = ajv.compile(schema);
  if ('$async' in check) throw new TypeError('an asynchronous schema');
  return check(config) ? [] : (check.errors ?? []);
}

function describe(
  errors: readonly ErrorObject[],
  at: readonly string[],
  settings: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = [];
  // What is wrong inside a form that was only one of several allowed ones is told by that "several".
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  for (const error of errors) {
    const isTold = errors.some(
      ({ keyword, instancePath }) =>
        error.keyword === 'type' && keyword === 'enum' && instancePath === error.instancePath,
    );
    const isInside = alternatives.some(({ schemaPath }) =>
      error.schemaPath.startsWith(`${schemaPath}/`),
    );
    if (isTold || isInside) continue;
    const { member, problem } = describeError(error);
    const inside = [...pointerParts(error.instancePath), ...(member === undefined ? [] : [member])];
    const place = memberPath([...at, ...inside.map((part) => shownMember(part, settings))]);
    if (problem !== undefined) problems.push({ at: place, problem });
  }
  return problems;
}

/** All names of settings in a schema. */
function settingsOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(Object(value))) found.add(name);
    settingsOf(value, found);
  }
  return found;
}

// A name that is in no schema is a slip, or a key that is data: lower case and without digits it is shown.
function shownMember(part: PropertyKey, settings: ReadonlySet<string>): PropertyKey {
  if (typeof part !== 'string' || settings.has(part) || /^[a-z][A-Za-z_-]{0,40}$/.test(part)) {
    return part;
  }
  return nearestName(part, settings) === undefined ? WITHHELD : part;
}

/** `/files/0/name` as parts. */
function pointerParts(pointer: string): PropertyKey[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function describeError(error: ErrorObject): { member?: string; problem: string | undefined } {
  const params: Readonly<Record<string, unknown>> = error.params;
  const { limit, format, pattern, type } = params;
  switch (error.keyword) {
    case 'required': {
      const { missingProperty } = params;
      return { member: String(missingProperty), problem: 'is missing' };
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const { additionalProperty, unevaluatedProperty } = params;
      const name = String(additionalProperty ?? unevaluatedProperty);
      return { member: name, problem: `is not known${unknownHint(name, error.parentSchema)}` };
    }
    case 'propertyNames': {
      const { propertyName } = params;
      return { member: String(propertyName), problem: 'is no name that is allowed here' };
    }
    case 'type':
      return { problem: `expected ${typeName(type)}, found ${foundType(error.data)}` };
    case 'enum': {
      const { allowedValues } = params;
      return { problem: `expected ${listOf(allowedValues)}` };
    }
    case 'const': {
      const { allowedValue } = params;
      return { problem: `expected ${listOf([allowedValue])}` };
    }
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      const { comparison } = params;
      return { problem: `expected a number ${String(comparison)} ${String(limit)}` };
    }
    case 'multipleOf': {
      const { multipleOf } = params;
      return { problem: `expected a multiple of ${String(multipleOf)}` };
    }
    case 'minLength':
      return { problem: `expected at least ${String(limit)} characters` };
    case 'maxLength':
      return { problem: `expected at most ${String(limit)} characters` };
    case 'minItems':
      return { problem: `expected at least ${String(limit)} items` };
    case 'maxItems':
      return { problem: `expected at most ${String(limit)} items` };
    case 'minProperties':
      return { problem: `expected at least ${String(limit)} members` };
    case 'maxProperties':
      return { problem: `expected at most ${String(limit)} members` };
    case 'uniqueItems':
      return { problem: 'expected each item once' };
    case 'pattern':
      return { problem: `expected a text of the form ${quoted(String(pattern))}` };
    case 'format':
      return { problem: `expected a text of the format ${quoted(String(format))}` };
    case 'anyOf':
    case 'oneOf':
      return { problem: `expected ${alternativesOf(error.schema)}` };
    case 'if':
      return { problem: undefined }; // what its `then` or `else` found wrong is told by itself
    default:
      return { problem: `does not fit the schema of the job (${quoted(error.keyword)})` };
  }
}

function unknownHint(name: string, parentSchema: unknown): string {
  if (typeof parentSchema !== 'object' || parentSchema === null) return '';
  const properties: unknown = Object.getOwnPropertyDescriptor(parentSchema, 'properties')?.value;
  const known =
    typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  if (known.length === 0) return '; the job takes no such setting';
  return (
    didYouMean(name, known) ||
    `; known here: ${known.map((each) => quoted(each).slice(1, -1)).join(', ')}`
  );
}

const TYPE_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['null', 'null'],
]);

function typeName(type: unknown): string {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.map((each) => TYPE_NAMES.get(each) ?? 'another type').join(' or ');
}

function foundType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeName(typeof value);
}

function listOf(values: unknown): string {
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  return list
    .slice(0, 20)
    .map((value) =>
      typeof value === 'string' ? quoted(value) : quoted(JSON.stringify(value) ?? '').slice(1, -1),
    )
    .join(' or ');
}

function alternativesOf(schema: unknown): string {
  const branches: readonly unknown[] = Array.isArray(schema) ? schema : [];
  const names = branches.map((branch) => {
    if (typeof branch !== 'object' || branch === null) return undefined;
    if ('const' in branch) return listOf([branch.const]);
    if ('enum' in branch) return listOf(branch.enum);
    return 'type' in branch ? typeName(branch.type) : undefined;
  });
  const all = names.filter((name) => name !== undefined);
  return all.length === names.length && all.length > 0
    ? [...new Set(all)].join(' or ')
    : `one of the ${branches.length} forms the job allows`;
}
