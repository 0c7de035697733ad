// Reads a manifest: the XML document that announces a data set. Strict as the original's schema is, so that a
// document with a mistake is refused before anything of it is loaded.

import {
  MANIFEST_NAMESPACE,
  PRE_VALIDATION_PROPERTIES,
  RIF_TYPES,
  type RifType,
} from '@bfd-host/rif';
import { PermanentError, type Place, type SafeText, safe, z } from '@bfd-host/sdk';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { readInstant } from './instant.ts';

export interface ManifestEntry {
  /** File name beside the manifest. */
  readonly name: string;
  readonly type: RifType;
}

export interface Manifest {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly sequenceId: number;
  readonly isSynthetic: boolean;
  /** In the order of the document. */
  readonly entries: readonly ManifestEntry[];
  readonly preValidation?: PreValidation;
}

/** Values of `preValidationProperties` by name: numbers as digits, which may be more than a double holds. */
export type PreValidation = Readonly<Record<string, string>>;

const MOST_BYTES = 1 << 20;
const MOST_ENTRIES = 10_000;

/**
 * @throws PermanentError `BFD_MANIFEST_MALFORMED` for what is no XML, `BFD_MANIFEST_INVALID` with every problem that
 *   was found in what is
 * @example
 * parseManifest(await object.Body.transformToString(), safe.file(key)).entries[0]; // { name: 'beneficiary.csv', … }
 */
export function parseManifest(xml: string, file: SafeText): Manifest {
  const problems = new Problems(file);
  if (xml.length > MOST_BYTES) throw problems.error('BFD_MANIFEST_SIZE');
  // A document type can define entities, which a manifest has no use for and an attacker has.
  if (/<!DOCTYPE/i.test(xml)) throw problems.error('BFD_MANIFEST_DOCTYPE');
  const validity = XMLValidator.validate(xml);
  if (validity !== true) {
    throw new PermanentError(
      'BFD_MANIFEST_MALFORMED',
      'The manifest {file} is not well-formed XML, first in line {line}. Correct it and upload it again; until then neither its data set nor any later one is loaded.',
      { file, line: validity.err.line },
      { places: [{ code: 'BFD_MANIFEST_XML', file, line: validity.err.line }] },
    );
  }
  const root = readRoot(xml, problems);
  const content = root && readContent(root, problems);
  if (!content || !problems.isEmpty) throw problems.error('BFD_MANIFEST_ROOT');
  return content;
}

/** An element: its name, its attributes, its children or its text. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

class Problems {
  readonly #file: SafeText;
  readonly #places: Place[] = [];

  constructor(file: SafeText) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** @param where - name of an attribute or element, with its place: from this program or a number, never a value */
  add(code: string, where?: string): void {
    this.#places.push({
      code,
      file: this.#file,
      ...(where !== undefined && { column: safe.name(where) }),
    });
  }

  /** @param otherwise - what to say when nothing was added */
  error(otherwise: string): PermanentError {
    if (this.isEmpty) this.add(otherwise);
    const [first] = this.#places;
    return new PermanentError(
      'BFD_MANIFEST_INVALID',
      'The manifest {file} is not valid: {count} problems, first {problem} at {where}. Correct it and upload it again; until then neither its data set nor any later one is loaded.',
      {
        file: this.#file,
        count: this.#places.length,
        problem: safe.name(first?.code ?? otherwise),
        where: first?.column ?? safe.name('dataSetManifest'),
      },
      { places: this.#places },
    );
  }
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: false,
});

// What the parser makes of a node when it preserves the order: one member named as the element, one with attributes.
const parsedNodes = z.array(z.record(z.string(), z.unknown()));
const parsedAttributes = z.record(z.string(), z.string()).catch({});

function readElements(parsed: unknown): Element[] {
  return parsedNodes.parse(parsed).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name.startsWith('#') || name.startsWith('?')) return [];
    const inside = parsedNodes.parse(node[name]);
    return {
      name,
      attributes: parsedAttributes.parse(node[':@'] ?? {}),
      children: readElements(inside),
      text: inside.map((child) => String(child['#text'] ?? '')).join(''),
    };
  });
}

/** The root, with the prefix of the manifest's namespace taken off all names. */
function readRoot(xml: string, problems: Problems): Element | undefined {
  const [root] = readElements(parser.parse(xml));
  if (!root) return undefined;
  const [, prefix = ''] = /^(?:([^:]+):)?/.exec(root.name) ?? [];
  const namespace = root.attributes[prefix === '' ? 'xmlns' : `xmlns:${prefix}`];
  const plain = withoutPrefix(root, prefix);
  if (plain.name !== 'dataSetManifest') problems.add('BFD_MANIFEST_ROOT');
  if (namespace !== MANIFEST_NAMESPACE) problems.add('BFD_MANIFEST_NAMESPACE', 'xmlns');
  return plain;
}

function withoutPrefix(element: Element, prefix: string): Element {
  const start = prefix === '' ? '' : `${prefix}:`;
  return {
    ...element,
    name: element.name.startsWith(start) ? element.name.slice(start.length) : element.name,
    children: element.children.map((child) => withoutPrefix(child, prefix)),
  };
}

function readContent(root: Element, problems: Problems): Manifest | undefined {
  const { timestamp = '', sequenceId = '', syntheticData } = root.attributes;
  const moment = readInstant(timestamp);
  if (moment === undefined) problems.add('BFD_MANIFEST_TIMESTAMP', 'timestamp');
  const sequence = z.coerce.number().int().safe().safeParse(sequenceId.trim());
  if (!sequence.success || !/\d/.test(sequenceId))
    problems.add('BFD_MANIFEST_NUMBER', 'sequenceId');
  // The four texts of an XML Schema boolean.
  const synthetic = z
    .enum(['true', 'false', '1', '0'])
    .default('false')
    .safeParse(syntheticData?.trim());
  if (!synthetic.success) problems.add('BFD_MANIFEST_BOOLEAN', 'syntheticData');

  const entries = readEntries(root, problems);
  const preValidation = readPreValidation(root, problems);
  for (const { name } of root.children) {
    if (!CHILDREN.has(name)) problems.add('BFD_MANIFEST_ELEMENT');
  }
  if (moment === undefined || !sequence.success || !synthetic.success) return undefined;
  return {
    timestamp: moment,
    sequenceId: sequence.data,
    isSynthetic: synthetic.data === 'true' || synthetic.data === '1',
    entries,
    ...(preValidation && { preValidation }),
  };
}

const CHILDREN = new Set(['entry', 'preValidationProperties']);
const typeSchema = z.enum(RIF_TYPES);
/** A name and no path, so that a manifest only ever speaks of files beside it. Length as in the database. */
const nameSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((name) => !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..');

function readEntries(root: Element, problems: Problems): ManifestEntry[] {
  const elements = root.children.filter(({ name }) => name === 'entry');
  if (elements.length === 0) problems.add('BFD_MANIFEST_EMPTY', 'entry');
  if (elements.length > MOST_ENTRIES) throw problems.error('BFD_MANIFEST_SIZE');
  const names = new Set<string>();
  return elements.flatMap(({ attributes }, index): ManifestEntry[] => {
    const where = (attribute: string) => `entry-${index + 1}.${attribute}`;
    const { name: nameText, type: typeText } = attributes;
    const name = nameSchema.safeParse(nameText);
    const type = typeSchema.safeParse(typeText);
    if (!name.success) problems.add('BFD_MANIFEST_NAME', where('name'));
    if (!type.success) problems.add('BFD_MANIFEST_TYPE', where('type'));
    if (!name.success || !type.success) return [];
    if (names.has(name.data)) problems.add('BFD_MANIFEST_TWICE', where('name'));
    names.add(name.data);
    return [{ name: name.data, type: type.data }];
  });
}

function readPreValidation(root: Element, problems: Problems): PreValidation | undefined {
  const [element, second] = root.children.filter(({ name }) => name === 'preValidationProperties');
  if (second) problems.add('BFD_MANIFEST_TWICE', 'preValidationProperties');
  if (!element) return undefined;
  const names = element.children.map(({ name }) => name);
  const known: readonly string[] = PRE_VALIDATION_PROPERTIES.map(({ name }) => name);
  if (names.some((name) => !known.includes(name))) problems.add('BFD_MANIFEST_ELEMENT');
  const places = names.map((name) => known.indexOf(name));
  const isOrdered = places.every(
    (place, index) => index === 0 || place > (places[index - 1] ?? -1),
  );
  if (!isOrdered) problems.add('BFD_MANIFEST_ORDER', 'preValidationProperties');
  return Object.fromEntries(
    PRE_VALIDATION_PROPERTIES.flatMap(({ name, kind, isRequired }) => {
      const text = element.children.find((child) => child.name === name)?.text.trim();
      if (text === undefined) {
        if (isRequired) problems.add('BFD_MANIFEST_PROPERTY', name);
        return [];
      }
      if (kind === 'integer' && !/^[+-]?\d{1,18}$/.test(text))
        problems.add('BFD_MANIFEST_NUMBER', name);
      return [[name, text]];
    }),
  );
}
