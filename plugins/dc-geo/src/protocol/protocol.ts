/** The RDA API as data: its methods, and what a field of one of its messages is. */

import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { DESCRIPTOR } from './descriptor.ts';
import type { DescriptorNode } from './descriptor-node.ts';

/** A message as it comes off the wire: fields that are there, by their names in the .proto files. */
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

/** How messages look in this process: names as in the .proto files, 64-bit numbers and enum values as text. */
export const MESSAGE_FORM = { keepCase: true, longs: String, enums: String } as const;

// The cast: protobufjs reads more than its types say, and changes nothing of it.
const definitions = fromJSON(DESCRIPTOR as Parameters<typeof fromJSON>[0], MESSAGE_FORM);

export const RDA_SERVICE = serviceNamed('RDAService');
export const HEALTH_SERVICE = serviceNamed('Health');

/**
 * The method of the RDA service with that name.
 *
 * @throws Error when there is none; a mistake in this package
 */
export function rdaMethod<Request extends object, Response extends object>(
  name: string,
): MethodDefinition<Request, Response> {
  const method = RDA_SERVICE[name];
  if (!method) throw new Error(`the RDA service has no method ${name}`);
  // The layouts and callers name request and response as the .proto files do, which a test checks.
  return method as unknown as MethodDefinition<Request, Response>;
}

function serviceNamed(name: string): ServiceDefinition {
  const definition = definitions[`${PACKAGE}.${name}`];
  if (!definition || 'format' in definition) throw new Error(`no service ${name}`);
  return definition as ServiceDefinition;
}

export interface FieldType {
  /** As in the .proto files. */
  readonly name: string;
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
  const { fields: described } = find(name) ?? {};
  if (!described) throw new Error(`the protocol has no message ${name}`);
  const fields = new Map<string, FieldType>();
  const type: MessageType = { name, fields };
  types.set(name, type);
  for (const [field, { type: ofType, rule }] of Object.entries(described)) {
    fields.set(field, {
      name: field,
      jsonName: jsonName(field),
      isRepeated: rule === 'repeated',
      kind: kindOf(ofType, name),
    });
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
function jsonName(field: string): string {
  return field.replace(/_+(.)/g, (_, next: string) => next.toUpperCase());
}
