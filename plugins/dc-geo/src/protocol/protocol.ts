/** The RDA API as data: its methods, and what a field of one of its messages is. */

import { DESCRIPTOR } from './descriptor.ts';
import type { DescriptorNode } from './descriptor-node.ts';
import { decode, encode, wireTypeOf } from './wire.ts';

/** A message: fields that are there, by their names in the .proto files; 64-bit numbers and enum values as text. */
export type Message = { readonly [field: string]: unknown };

/** A change of a claim, of either type. */
export interface ClaimChange extends Message {
  /** Sequence number, decimal text; absent for 0. */
  readonly seq?: string;
  /** Absent for INSERT. */
  readonly change_type?: string | number;
  readonly claim?: Message;
  readonly source?: Message;
}

export interface ApiVersion {
  readonly version?: string;
}

export interface SequenceRange {
  readonly lower?: string;
  readonly upper?: string;
}

export const PACKAGE = 'gov.cms.mpsm.rda.v1';

/** A method of a service, as gRPC libraries take it. */
export interface Method<Request extends object, Response extends object> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (response: Response) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/**
 * A method of a service of the protocol.
 *
 * @typeParam Request - its request as the .proto files have it
 * @throws Error when there is none; a mistake in this package
 */
export function methodOf<Request extends object, Response extends object>(
  service: 'RDAService' | 'Health',
  name: string,
): Method<Request, Response> {
  const method = find(`${PACKAGE}.${service}`)?.methods?.[name];
  if (!method) throw new Error(`${service} has no method ${name}`);
  const requestType = namedFrom(PACKAGE, method.requestType);
  const responseType = namedFrom(PACKAGE, method.responseType);
  // The casts: callers name request and response as the .proto files do.
  return {
    path: `/${PACKAGE}.${service}/${name}`,
    requestStream: false,
    responseStream: method.responseStream ?? false,
    requestSerialize: (request) => encode(requestType, request as Message),
    requestDeserialize: (bytes) => decode(requestType, bytes) as Request,
    responseSerialize: (response) => encode(responseType, response as Message),
    responseDeserialize: (bytes) => decode(responseType, bytes) as Response,
  };
}

/** All methods of a service, by name. */
export function serviceOf(
  service: 'RDAService' | 'Health',
): Record<string, Method<object, object>> {
  const methods = find(`${PACKAGE}.${service}`)?.methods ?? {};
  return Object.fromEntries(
    Object.keys(methods).map((name) => [name, methodOf<object, object>(service, name)]),
  );
}

function namedFrom(scope: string, type: string): MessageType {
  const kind = kindOf(type, scope);
  if (kind.is !== 'message') throw new Error(`${type} is no message`);
  return kind.message;
}

export interface FieldType {
  /** As in the .proto files. */
  readonly name: string;
  readonly number: number;
  /** What stands before it on the wire. */
  readonly tag: number;
  /** In protobuf's JSON form: `rdaPosition`. */
  readonly jsonName: string;
  readonly isRepeated: boolean;
  readonly kind:
    | { readonly is: 'scalar'; readonly type: string }
    | { readonly is: 'enum'; readonly values: EnumValues }
    | { readonly is: 'message'; readonly message: MessageType };
}

export interface EnumValues {
  /** Value names, by number. */
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** What is stored for a value, by its name. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface MessageType {
  /** With package. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
  /** By number and form, as they stand before each field on the wire. */
  readonly byTag: readonly (FieldType | undefined)[];
}

const TEXT_OPTION = `(${PACKAGE}.string_value)`;
const types = new Map<string, MessageType>();

/**
 * What the message with that full name is made of.
 *
 * @throws Error when there is none; a mistake in this package
 * @example
 * messageType('gov.cms.mpsm.rda.v1.fiss.FissClaim').fields.get('dcn');
 */
export function messageType(name: string): MessageType {
  const known = types.get(name);
  if (known) return known;
  const { fields: nodes } = find(name) ?? {};
  if (!nodes) throw new Error(`the protocol has no message ${name}`);
  const fields = new Map<string, FieldType>();
  const byTag: (FieldType | undefined)[] = [];
  const type: MessageType = { name, fields, byTag };
  types.set(name, type);
  for (const [field, { type: ofType, id, rule }] of Object.entries(nodes)) {
    const kind = kindOf(ofType, name);
    const described: FieldType = {
      name: field,
      number: id,
      tag: (id << 3) | wireTypeOf(kind),
      jsonName: jsonName(field),
      isRepeated: rule === 'repeated',
      kind,
    };
    fields.set(field, described);
    byTag[described.tag] = described;
  }
  return type;
}

/** A name is looked for in the message itself, then in its package, then in the packages around that. */
function kindOf(type: string, inMessage: string): FieldType['kind'] {
  const scopes = inMessage.split('.');
  for (let depth = scopes.length; depth >= 0; depth--) {
    const name = [...scopes.slice(0, depth), type].join('.');
    const found = find(name);
    if (found?.fields) return { is: 'message', message: messageType(name) };
    if (found?.values) return { is: 'enum', values: enumValues(found.values, found.valuesOptions) };
  }
  return { is: 'scalar', type };
}

function enumValues(
  values: NonNullable<DescriptorNode['values']>,
  options: DescriptorNode['valuesOptions'] = {},
): EnumValues {
  const names = new Map<number, string>();
  const texts = new Map<string, string>();
  for (const [name, number] of Object.entries(values)) {
    names.set(number, name);
    const text = options[name]?.[TEXT_OPTION];
    if (text !== undefined) texts.set(name, text);
  }
  return { names, numbers: new Map(Object.entries(values)), texts };
}

function find(name: string): DescriptorNode | undefined {
  let at: DescriptorNode | undefined = DESCRIPTOR;
  for (const part of name.split('.')) at = at?.nested?.[part];
  return at;
}

/** protobuf's own rule: each underscore goes, and what follows it becomes upper case. */
export function jsonName(field: string): string {
  return field.replace(/_+(.)/g, (_, next: string) => next.toUpperCase());
}
