/**
 * What the mock server tells of itself to clients that ask, such as grpcurl. @grpc/reflection alone would leave out which
 * file imports which, without which such clients cannot resolve a single type.
 *
 * @see https://github.com/grpc/grpc-node/issues/3034
 */

import { ReflectionService } from '@grpc/reflection';
import protobuf, { type INamespace } from 'protobufjs';
import descriptor, {
  type IDescriptorProto,
  type IFileDescriptorProto,
  type IFileDescriptorSet,
} from 'protobufjs/ext/descriptor/index.js';
import { DESCRIPTOR } from '../protocol/descriptor.ts';

export function reflectionService(): ReflectionService {
  const files = protoFiles();
  const fileDescriptorProtos = files.map((file) =>
    Buffer.from(descriptor.FileDescriptorProto.encode(file).finish()),
  );
  // The service looks at nothing else of the definitions it is given.
  const definition = { format: 'files', type: {}, fileDescriptorProtos };
  return new ReflectionService({ all: definition } as unknown as ConstructorParameters<
    typeof ReflectionService
  >[0]);
}

/** The protocol as files that import each other: one a package, and Google's by the names that clients know. */
function protoFiles(): IFileDescriptorProto[] {
  const root = protobuf.Root.fromJSON(DESCRIPTOR as INamespace);
  root.resolveAll();
  // The cast: the types of protobufjs leave out what its extension adds.
  const { file } = (
    root as unknown as { toDescriptor(syntax: string): IFileDescriptorSet }
  ).toDescriptor('proto3');
  const files = file.flatMap(named);
  const homes = new Map(files.flatMap((each) => typesOf(each).map((type) => [type, each.name])));
  for (const each of files) linkImports(each, homes);
  return files;
}

function named(file: IFileDescriptorProto): IFileDescriptorProto[] {
  const { package: name = '', messageType = [] } = file;
  if (name !== 'google.protobuf') return [{ ...file, name: `${name.replaceAll('.', '/')}.proto` }];
  return messageType.map((message) => ({
    ...file,
    name: `google/protobuf/${message.name?.toLowerCase()}.proto`,
    messageType: [message],
  }));
}

/** All messages and enums, as `.package.Type`. */
function typesOf({ package: name, messageType = [], enumType = [] }: IFileDescriptorProto) {
  const types = enumType.map((type) => `.${name}.${type.name}`);
  const add = (message: IDescriptorProto, scope: string): void => {
    const inner = `${scope}.${message.name}`;
    types.push(inner, ...(message.enumType ?? []).map((type) => `${inner}.${type.name}`));
    for (const nested of message.nestedType ?? []) add(nested, inner);
  };
  for (const message of messageType) add(message, `.${name}`);
  return types;
}

/**
 * Makes each reference of a file absolute, and lists the files that have what it refers to.
 *
 * @param homes - the file of each type
 */
function linkImports(
  file: IFileDescriptorProto,
  homes: ReadonlyMap<string, string | undefined>,
): void {
  const imported = new Set<string | undefined>();
  const resolve = (reference = '', scope: string): string => {
    const isAbsolute = reference.startsWith('.');
    const names = outwards(scope).map((outer) => `${outer}.${reference}`);
    const type = (isAbsolute ? [reference] : names).find((name) => homes.has(name));
    if (type === undefined) throw new Error(`${file.name} refers to ${reference}, which is none`);
    imported.add(homes.get(type));
    return type;
  };
  const link = (message: IDescriptorProto, scope: string): void => {
    const inner = `${scope}.${message.name}`;
    for (const field of message.field ?? []) {
      if (field.typeName) field.typeName = resolve(field.typeName, inner);
    }
    for (const nested of message.nestedType ?? []) link(nested, inner);
  };
  const scope = `.${file.package}`;
  for (const message of file.messageType ?? []) link(message, scope);
  for (const call of (file.service ?? []).flatMap(({ method = [] }) => method)) {
    call.inputType = resolve(call.inputType, scope);
    call.outputType = resolve(call.outputType, scope);
  }
  imported.delete(file.name);
  file.dependency = [...imported];
}

/** A scope and those around it: `.a.b`, `.a`, and the outermost, which has no name. */
function outwards(scope: string): string[] {
  const parts = scope.split('.');
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('.'));
}
