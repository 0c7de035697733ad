/**
 * protobuf's JSON form, both ways: names in lower camel case, 64-bit numbers as text, enum values by name, times in
 * ISO 8601. NDJSON files hold it, and so does the table of messages put aside.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */

import type { EnumValues, FieldType, Message, MessageType } from './protocol.ts';

const TIMESTAMP = 'google.protobuf.Timestamp';

/** JSON that is no such message. Says where, never what was found there. */
export class JsonFormError extends Error {
  override readonly name = 'JsonFormError';
  /** Such as `claim.fissProcCodes[2].procCd`. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'the message' : path} ${problem}`);
    this.path = path;
  }
}

/** What older versions of the protocol called things. */
export interface FormerNames {
  /** Names that fields had, as `Message.jsonName`, with the names they have now. */
  readonly fields: Readonly<Record<string, string>>;
  /** Values that enums had and have no more, with the numbers they travel as. */
  readonly values: Readonly<Record<string, number>>;
}

const NO_FORMER_NAMES: FormerNames = { fields: {}, values: {} };

/**
 * Reads a message.
 *
 * @param formerNames - names to understand besides those of the protocol
 * @throws {@link JsonFormError}
 * @example
 * fromJson(messageType('gov.cms.mpsm.rda.v1.FissClaimChange'), JSON.parse(line));
 */
export function fromJson(
  type: MessageType,
  json: unknown,
  formerNames: FormerNames = NO_FORMER_NAMES,
): Message {
  return readMessage(type, json, '', formerNames);
}

function readMessage(
  type: MessageType,
  json: unknown,
  path: string,
  formerNames: FormerNames,
): Message {
  if (type.name === TIMESTAMP) return readTimestamp(json, path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new JsonFormError(path, 'is no object');
  }
  const message: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const known = formerNames.fields[`${shortName(type)}.${name}`] ?? name;
    const field = byJsonName(type).get(known);
    if (!field) throw new JsonFormError(path, 'has a field that the protocol does not know');
    const at = path === '' ? field.jsonName : `${path}.${field.jsonName}`;
    if (value === null) continue;
    message[field.name] = field.isRepeated
      ? readList(field, value, at, formerNames)
      : readValue(field, value, at, formerNames);
  }
  return message;
}

function readList(
  field: FieldType,
  value: unknown,
  path: string,
  formerNames: FormerNames,
): unknown[] {
  if (!Array.isArray(value)) throw new JsonFormError(path, 'is no list');
  return value.map((each, index) => readValue(field, each, `${path}[${index}]`, formerNames));
}

function readValue(
  { kind }: FieldType,
  value: unknown,
  path: string,
  formerNames: FormerNames,
): unknown {
  switch (kind.is) {
    case 'message':
      return readMessage(kind.message, value, path, formerNames);
    case 'enum':
      return readEnum(kind.values, value, path, formerNames);
    case 'scalar':
      return readScalar(kind.type, value, path);
  }
}

function readEnum(
  { names, numbers }: EnumValues,
  value: unknown,
  path: string,
  formerNames: FormerNames,
): string | number {
  const number =
    typeof value === 'string' ? (numbers.get(value) ?? formerNames.values[value]) : value;
  if (typeof number === 'number' && Number.isInteger(number)) return names.get(number) ?? number;
  throw new JsonFormError(path, 'is no value of its enum');
}

function readScalar(type: string, value: unknown, path: string): unknown {
  if (type === 'string') {
    if (typeof value === 'string') return value;
    throw new JsonFormError(path, 'is no text');
  }
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new JsonFormError(path, 'is no number');
  }
  const text = String(value);
  if (!/^-?\d{1,19}$/.test(text)) throw new JsonFormError(path, 'is no whole number');
  return type === 'int64' ? text : Number(text);
}

function readTimestamp(json: unknown, path: string): Message {
  const found =
    typeof json === 'string' ? /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(json) : null;
  const milliseconds = found ? Date.parse(`${found[1]}${found[3]}`) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new JsonFormError(path, 'is no time');
  return { seconds: String(milliseconds / 1000), nanos: Number((found?.[2] ?? '').padEnd(9, '0')) };
}

/**
 * Writes a message. An enum value that this version of the protocol does not know stays a number.
 *
 * @example
 * JSON.stringify(toJson(messageType('gov.cms.mpsm.rda.v1.FissClaimChange'), change));
 */
export function toJson(type: MessageType, message: Message): unknown {
  if (type.name === TIMESTAMP) return timestampText(message);
  const json: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    const field = type.fields.get(name);
    if (!field) continue;
    const { kind } = field;
    const write = (each: unknown) =>
      // The cast: the decoder makes objects of all messages, and nothing else.
      kind.is === 'message' ? toJson(kind.message, each as Message) : each;
    json[field.jsonName] = Array.isArray(value) ? value.map(write) : write(value);
  }
  return json;
}

function timestampText({ seconds = '0', nanos = 0 }: Message): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, '');
  return nanos === 0 ? `${whole}Z` : `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

const jsonNames = new WeakMap<MessageType, ReadonlyMap<string, FieldType>>();

/** Fields by the names a reader must take: JSON's and the .proto file's. */
function byJsonName(type: MessageType): ReadonlyMap<string, FieldType> {
  const known = jsonNames.get(type);
  if (known) return known;
  const fields = [...type.fields.values()];
  const names = new Map(
    fields.flatMap((field) => [[field.name, field] as const, [field.jsonName, field] as const]),
  );
  jsonNames.set(type, names);
  return names;
}

function shortName({ name }: MessageType): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
