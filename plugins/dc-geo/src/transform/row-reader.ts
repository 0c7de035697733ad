/** Reads the columns of one table out of a message: the layout's rules, each once. */

import type { Column, RowLayout } from '../layout/layout.ts';
import type { EnumValues, FieldType, Message, MessageType } from '../protocol/protocol.ts';
import { amountProblem, canBeStored, dateText } from './values.ts';

/** A value as PostgreSQL reads it, before it is escaped for COPY. */
export type Cell = string | null;

export interface FieldError {
  /** Such as `fissProcCodes[2].procCd`. */
  readonly fieldName: string;
  readonly errorMessage: string;
}

export type Problems = (field: string, problem: string) => void;

/** Columns the transformation fills, or leaves free for the load: all but the time, which is the database's. */
export function storedColumns({ columns }: RowLayout): string[] {
  return columns.map(({ name }) => name).filter((name) => name !== 'last_updated');
}

export interface RowReader {
  /** Index of the cell that holds the claim's key; -1 for a claim. */
  readonly parentIndex: number;
  /** The message's cells, one for each column but `last_updated`. `path` stands before the names of fields. */
  read(message: Message, path: string, problems: Problems): Cell[];
  readColumn(name: string, message: Message, problems: Problems): Cell;
}

type ReadCell = (message: Message, path: string, problems: Problems) => Cell;

/**
 * @throws Error when the layout names a field that the message does not have; a mistake in this package
 */
export function readerOf(layout: RowLayout, type: MessageType): RowReader {
  const columns = layout.columns.filter(({ name }) => name !== 'last_updated');
  const cells = columns.map((column) => readCell(column, type));
  return {
    parentIndex: columns.findIndex(({ rule }) => rule === 'parent'),
    read: (message, path, problems) => cells.map((read) => read(message, path, problems)),
    readColumn(name, message, problems) {
      return (
        cells[columns.findIndex((column) => column.name === name)]?.(message, '', problems) ?? null
      );
    },
  };
}

function readCell(column: Column, type: MessageType): ReadCell {
  switch (column.rule) {
    case 'parent':
    case 'set':
      return () => null;
    case 'which':
      return readWhich(column, type);
    case 'code':
      return readCode(column, type);
    case 'text':
      return readText(column, type);
    case 'base64':
      return readBase64(column, type);
    case 'date':
      return readChecked(column, type, (text, report) => {
        const date = dateText(text);
        if (date === undefined) report('invalid date');
        return date ?? null;
      });
    case 'amount':
      return readAmount(column, type);
    case 'integer':
    case 'small':
      return readNumber(column, type);
  }
}

/** One field that a column can come from. */
interface Source {
  readonly type: FieldType;
  /** In protobuf's JSON form, as errors name it. */
  readonly path: string;
  /** The value there; `undefined` if absent. */
  readonly get: (message: Message) => unknown;
}

function sourceOf(name: string, type: MessageType): Source {
  const [outer = '', inner] = name.split('.');
  const field = fieldOf(outer, type);
  if (inner === undefined) {
    return { type: field, path: field.jsonName, get: (message) => message[outer] };
  }
  if (field.kind.is !== 'message') throw new Error(`${type.name}.${outer} is no message`);
  const innerField = fieldOf(inner, field.kind.message);
  return {
    type: innerField,
    path: `${field.jsonName}.${innerField.jsonName}`,
    // The cast: the decoder makes an object of a field of a message type.
    get: (message) => (message[outer] as Message | undefined)?.[inner],
  };
}

function fieldOf(name: string, type: MessageType): FieldType {
  const field = type.fields.get(name);
  if (!field) throw new Error(`${type.name} has no field ${name}`);
  return field;
}

function readWhich({ sources }: Column, type: MessageType): ReadCell {
  const choices = sources.map((each) => {
    const [field = '', text = ''] = each.split('=');
    return { ...sourceOf(field, type), text };
  });
  return (message) => choices.find(({ get }) => get(message) !== undefined)?.text ?? null;
}

function readCode(column: Column, type: MessageType): ReadCell {
  const sources = column.sources.flatMap((name) => codeSources(name, type));
  const maxLength = maxLengthOf(column);
  const missing = sources[0]?.path.replace(/Enum$/, '') ?? column.name;
  return (message, path, problems) => {
    for (const { type, path: at, get } of sources) {
      const value = get(message);
      if (value === undefined) continue;
      const text = type.kind.is === 'enum' ? enumText(type.kind.values, value) : String(value);
      const field = path + at;
      if (text === undefined) problems(field, 'unrecognized enum value');
      else if (text === null) problems(field, 'unsupported enum value');
      else return checkText(text, column.minLength, maxLength, field, problems);
      return null;
    }
    if (column.isRequired) problems(path + missing, 'no value set');
    return null;
  };
}

/** `x` stands for `x_enum` and `x_unrecognized`; a name that is a field stands for itself. */
function codeSources(name: string, type: MessageType): Source[] {
  const [outer = '', inner] = name.split('.');
  const owner = inner === undefined ? type : innerType(outer, type);
  if (owner.fields.has(inner ?? outer)) return [sourceOf(name, type)];
  return [sourceOf(`${name}_enum`, type), sourceOf(`${name}_unrecognized`, type)];
}

function innerType(field: string, type: MessageType): MessageType {
  const { kind } = fieldOf(field, type);
  if (kind.is !== 'message') throw new Error(`${type.name}.${field} is no message`);
  return kind.message;
}

/** `undefined`: a number this version of the protocol has no name for; `null`: a value without a text. */
function enumText({ texts }: EnumValues, value: unknown): string | null | undefined {
  return typeof value === 'string' ? (texts.get(value) ?? null) : undefined;
}

function readText(column: Column, type: MessageType): ReadCell {
  const maxLength = maxLengthOf(column);
  return readChecked(column, type, (text, _report, field, problems) => {
    if (column.skipsEmpty && text === '') return null;
    return checkText(text, column.minLength, maxLength, field, problems);
  });
}

/** Of the key that the API gives a claim; it may hold any characters, and goes into URLs. */
const KEY_LENGTH = 32;

function readBase64(column: Column, type: MessageType): ReadCell {
  const maxLength = maxLengthOf(column);
  return readChecked({ ...column, isRequired: true }, type, (text, report, field, problems) => {
    if (checkText(text, 1, KEY_LENGTH, field, problems) === null) return null;
    const encoded = Buffer.from(text, 'utf8').toString('base64url');
    if (encoded.length <= maxLength) return encoded;
    report(`invalid length: expected=[1,${maxLength}] actual=${encoded.length}`);
    return null;
  });
}

function readAmount(column: Column, type: MessageType): ReadCell {
  const [, precision, scale] = /\((\d+),(\d+)\)/.exec(column.sqlType) ?? [];
  return readChecked(column, type, (text, report) => {
    const problem = amountProblem(text, Number(precision), Number(scale));
    if (problem === undefined) return text;
    report(problem);
    return null;
  });
}

/** A text field. One that is not there is empty where the message must have it. */
function readChecked(
  column: Column,
  type: MessageType,
  check: (
    text: string,
    report: (problem: string) => void,
    field: string,
    problems: Problems,
  ) => Cell,
): ReadCell {
  const sources = column.sources.map((name) => sourceOf(name, type));
  return (message, path, problems) => {
    for (const [index, { path: at, get }] of sources.entries()) {
      const isLast = index === sources.length - 1;
      const text = get(message) ?? (column.isRequired && isLast ? '' : undefined);
      if (text === undefined) continue;
      const field = path + at;
      return check(String(text), (problem) => problems(field, problem), field, problems);
    }
    return null;
  };
}

const INTEGER_MOST = 2_147_483_647;
const SMALL_MOST = 32_767;

function readNumber(column: Column, type: MessageType): ReadCell {
  const sources = column.sources.map((name) => sourceOf(name, type));
  const isSmall = column.rule === 'small';
  return (message, path, problems) => {
    const source = sources.find(({ get }) => get(message) !== undefined);
    // A number that is not there is 0 in a field that cannot tell.
    if (!source) return isSmall ? '0' : null;
    const number = Number(source.get(message));
    // The senders' unsigned numbers beyond this are negative ones of a system that has no others.
    const isSigned = isSmall && (number < 0 || number > INTEGER_MOST);
    if (!isSigned && number <= (isSmall ? SMALL_MOST : INTEGER_MOST)) return String(number);
    problems(path + source.path, isSigned ? 'is signed' : 'is too large');
    return null;
  };
}

function checkText(
  text: string,
  minLength: number,
  maxLength: number,
  field: string,
  problems: Problems,
): Cell {
  if (text.length < minLength || text.length > maxLength) {
    problems(field, `invalid length: expected=[${minLength},${maxLength}] actual=${text.length}`);
    return null;
  }
  if (canBeStored(text)) return text;
  problems(field, 'has a character that cannot be stored');
  return null;
}

function maxLengthOf({ sqlType }: Column): number {
  return Number(/^(?:var)?char\((\d+)\)$/.exec(sqlType)?.[1] ?? Number.POSITIVE_INFINITY);
}
