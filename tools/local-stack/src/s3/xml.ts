/** The little XML that S3 speaks: written here, and read from the four request bodies that have any. */
import { S3Error } from './errors.ts';

/** Text made safe between tags; control characters as references, as S3 does. */
export function text(value: string | number | boolean): string {
  return String(value).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be replaced
    /[<>&"'\u0000-\u001f\u007f]/g,
    (character) => ESCAPES.get(character) ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

/** `<name>content</name>`; the content is XML already. */
export function element(name: string, ...content: readonly string[]): string {
  return `<${name}>${content.join('')}</${name}>`;
}

/** `<name>value</name>` with the value made safe. */
export function field(name: string, value: string | number | boolean): string {
  return element(name, text(value));
}

export function document(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

/** The content of each element of this name, at any depth; nested ones of the same name do not occur. */
export function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(
    `<${name}(?:\\s[^>]*)?>([^]*?)</${name}>|<${name}(?:\\s[^>]*)?/>`,
    'g',
  );
  return [...xml.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The text of the first element of this name; undefined when there is none. */
export function optionalText(xml: string, name: string): string | undefined {
  const content = elements(xml, name)[0];
  return content === undefined ? undefined : fromEntities(content);
}

/** The text of the first element of this name. */
export function requiredText(xml: string, name: string): string {
  const value = optionalText(xml, name);
  if (value === undefined) throw new S3Error('MalformedXML', `The body has no ${name}`);
  return value;
}

const ESCAPES = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);
const UNESCAPES = new Map([...ESCAPES].map(([character, entity]) => [entity, character]));

function fromEntities(value: string): string {
  return value.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|\w+);/gi, (entity, hex, decimal) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (hex === undefined && decimal === undefined) return UNESCAPES.get(entity) ?? entity;
    if (code > 0x10ffff) throw new S3Error('MalformedXML', 'The body has an impossible character');
    return String.fromCodePoint(code);
  });
}
