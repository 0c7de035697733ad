// Which error codes the sources can raise: every text `BFD_…` in their code, found in the syntax tree, so that
// neither a comment, a type nor a comparison counts; and those that are put together from parts.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { ROOT, repositoryFiles } from './repository.ts';

const SOURCES = /^(host|sdk|tools\/[^/]+|plugins\/[^/]+)\/(src|bin)\/.*\.(ts|cjs)$/;
const NOT_SHIPPED = /\.(test|testkit|d)\.ts$/;

/** Begin with `BFD_` and are no error code: what people set in the environment, and marks of processes. */
const ENVIRONMENT: ReadonlySet<string> = new Set([
  'BFD_DATABASE_URL',
  'BFD_DEEP',
  'BFD_HOST',
  'BFD_JOB_PROCESS',
  'BFD_POSTGRES_BIN',
  'BFD_RUN_ID',
  'BFD_TEST_SERVICES',
]);

/** Codes that end in the name of a condition, and the object that lists the conditions known by name. */
const PUT_TOGETHER = [
  { file: 'host/src/isolation/sql-conditions.ts', objects: ['CONDITIONS', 'CLASSES', 'OTHER'] },
  { file: 'host/src/isolation/error-envelope.ts', objects: ['S3_REMEDIES', 'SYSTEM_REMEDIES'] },
] as const;

type Node = Readonly<Record<string, unknown>>;

/**
 * The codes, each once, in alphabetical order. One whose end is only known when it is raised is told by its beginning
 * and an ellipsis: `BFD_S3_…`.
 */
export function raisedCodes(): string[] {
  const texts = sourceTexts();
  const whole = texts.flatMap(codesIn);
  const begun = texts.filter((text) => /^BFD_[A-Z0-9_]*_$/.test(text)).map((text) => `${text}…`);
  const known = PUT_TOGETHER.flatMap(namedConditions);
  return [...new Set([...whole, ...begun, ...known])].sort();
}

/** The codes that a text names, not counting those of which it only tells the beginning. */
export function codesIn(text: string): string[] {
  const codes = text.replace(/\$\{env:\w+\}/g, '').match(CODE) ?? [];
  return codes.filter((code) => !ENVIRONMENT.has(code));
}

/** Texts in the shipped code that may name a code or a command: constants, and the constant parts of templates. */
export function sourceTexts(): string[] {
  return repositoryFiles(SOURCES)
    .filter((file) => !NOT_SHIPPED.test(file) && /BFD_|bfd-/.test(readText(file)))
    .flatMap((file) => textsOf(syntaxTree(file)));
}

const CODE = /\bBFD_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)/g;

function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

function syntaxTree(file: string): Node {
  const text = readText(file).replace(/^#!.*/, '');
  return { ...parseAst(text, { lang: file.endsWith('.ts') ? 'ts' : 'js' }) };
}

// Not of types and comparisons: a code that is only compared with is raised by nobody.
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isNode(value)) return [];
  const { type } = value;
  if (type === 'TSLiteralType' || type === 'TSTemplateLiteralType') return [];
  if (type === 'BinaryExpression' && /^[!=]==$/.test(String(value['operator']))) return [];
  if (type === 'Literal') return typeof value['value'] === 'string' ? [value['value']] : [];
  if (type === 'TemplateElement') {
    const { value: parts } = value;
    return isNode(parts) ? [String(parts['cooked'])] : [];
  }
  return Object.values(value).flatMap(textsOf);
}

function namedConditions({ file, objects }: (typeof PUT_TOGETHER)[number]): string[] {
  return objects.flatMap((name) => {
    const object = initializerOf(name, syntaxTree(file));
    if (object === undefined) throw new Error(`${file} has no constant ${name}`);
    switch (name) {
      case 'S3_REMEDIES':
        return keysOf(object).map((key) => `BFD_S3_${snake(key)}`);
      case 'SYSTEM_REMEDIES':
        return keysOf(object).map((key) => `BFD_SYSTEM_${key.replace(/^ERR_/, '')}`);
      default:
        return membersCalled('name', object).map((condition) => `BFD_SQL_${condition}`);
    }
  });
}

function initializerOf(name: string, value: unknown): Node | undefined {
  if (Array.isArray(value)) {
    for (const each of value) {
      const found = initializerOf(name, each);
      if (found) return found;
    }
    return undefined;
  }
  if (!isNode(value)) return undefined;
  const { type, id, init } = value;
  if (type === 'VariableDeclarator' && isNode(id) && id['name'] === name && isNode(init)) {
    return init;
  }
  return initializerOf(name, Object.values(value));
}

function keysOf(object: Node): string[] {
  const { properties } = object;
  return Array.isArray(properties) ? properties.flatMap((each) => keyOf(each) ?? []) : [];
}

function keyOf(property: unknown): string | undefined {
  if (!isNode(property) || !isNode(property['key'])) return undefined;
  const { name, value } = property['key'];
  return String(name ?? value);
}

function membersCalled(key: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => membersCalled(key, each));
  if (!isNode(value)) return [];
  if (value['type'] === 'Property' && keyOf(value) === key) return textsOf(value['value']);
  return membersCalled(key, Object.values(value));
}

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
