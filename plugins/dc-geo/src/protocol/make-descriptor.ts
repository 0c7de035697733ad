/**
 * Writes `descriptor.ts` from the .proto files, which a bundle of one file cannot take along:
 *
 *     node plugins/dc-geo/src/protocol/make-descriptor.ts
 *
 * A test compares the two, so a forgotten run is noticed.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf, { type AnyNestedObject, type INamespace } from 'protobufjs';
import descriptorProto from 'protobufjs/google/protobuf/descriptor.json' with { type: 'json' };

const PROTO_FOLDER = fileURLToPath(new URL('../../proto/', import.meta.url));
const PACKAGE = 'gov.cms.mpsm.rda.v1';

/** The text of `descriptor.ts` for the .proto files as they are now. */
export function descriptorText(): string {
  protobuf.common('descriptor', descriptorProto.nested.google.nested.protobuf.nested);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith('google/') ? target : PROTO_FOLDER + target;
  root.loadSync(['rda/v1/rda.proto', 'rda/v1/health.proto'], { keepCase: true }).resolveAll();

  // The texts of enum values are kept with the enums; the option's own definition has done its work.
  const { string_value: _option, _string_value: _oneof, ...types } = nestedOf(root, PACKAGE);
  const google = nestedOf(root, 'google.protobuf');
  const { Empty, Timestamp } = google;
  return [
    '// Made by make-descriptor.ts from the .proto files: change those, then run it again.',
    '// biome-ignore-all format: one message or enum a line',
    '',
    "import type { DescriptorNode } from './descriptor-node.ts';",
    '',
    'export const DESCRIPTOR: DescriptorNode = {nested: {',
    `google: {nested: {protobuf: {nested: ${literal({ Empty, Timestamp })}}}},`,
    ...PACKAGE.split('.').map((part) => `${part}: {nested: {`),
    ...Object.entries(types).map(([name, type]) =>
      isPackage(type) ? `${name}: ${packageText(type)},` : `${name}: ${literal(type)},`,
    ),
    `${'}}'.repeat(PACKAGE.split('.').length)}}};`,
    '',
  ].join('\n');
}

function nestedOf(root: protobuf.Root, name: string): Record<string, AnyNestedObject> {
  const nested = root.lookup(name)?.toJSON() as INamespace | undefined;
  if (nested?.nested === undefined) throw new Error(`the .proto files have no package ${name}`);
  return nested.nested;
}

function isPackage(type: AnyNestedObject): type is INamespace & { nested: object } {
  return 'nested' in type && !('fields' in type);
}

function packageText(type: INamespace): string {
  const members = Object.entries(type.nested ?? {});
  return ['{nested: {', ...members.map(([name, each]) => `${name}: ${literal(each)},`), '}}'].join(
    '\n',
  );
}

/** As a literal of this language, names without quotes where they need none. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(/"((?:[^"\\]|\\.)*)"(:?)/g, (_, text: string, colon) =>
    colon === ':' && /^[A-Za-z_]\w*$/.test(text)
      ? `${text}:`
      : `'${JSON.parse(`"${text}"`).replaceAll("'", "\\'")}'${colon}`,
  );
}

if (import.meta.main) {
  writeFileSync(new URL('./descriptor.ts', import.meta.url), descriptorText());
}
