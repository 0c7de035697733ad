// Exported files as values with notes: which setting each came from. YAML carries the notes as comments; JSON has none,
// so there they become a table beside it.

import { Document, isMap, isScalar, type Node, Pair, Scalar, type YAMLMap } from 'yaml';

/** A value, and where it came from. */
export class Noted {
  readonly value: Part;
  readonly note: string;
  constructor(value: Part, note: string) {
    this.value = value;
    this.note = note;
  }
}

export type Part =
  | string
  | number
  | boolean
  | null
  | Noted
  | readonly Part[]
  | { readonly [member: string]: Part | undefined };

/**
 * @example
 * noted(3, 'jobs.ccw-rif-load.retries.limit of host.config.json')
 */
export function noted(value: Part, note: string): Noted {
  return new Noted(value, note);
}

/** The value alone, as JSON can hold it. */
export function plain(part: Part): unknown {
  if (part instanceof Noted) return plain(part.value);
  if (Array.isArray(part)) return part.map(plain);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).flatMap(([name, member]) =>
      member === undefined ? [] : [[name, plain(member)]],
    ),
  );
}

export function toJson(part: Part): string {
  return `${JSON.stringify(plain(part), null, 2)}\n`;
}

/** Each note with the place and the text of its value. */
export function notesOf(
  part: Part,
  at = '',
): { readonly at: string; readonly value: string; readonly note: string }[] {
  if (part instanceof Noted) {
    const own = { at, value: JSON.stringify(plain(part.value)), note: part.note };
    return [own, ...notesOf(part.value, at)];
  }
  if (typeof part !== 'object' || part === null) return [];
  if (Array.isArray(part)) return part.flatMap((item, index) => notesOf(item, `${at}[${index}]`));
  return Object.entries(part).flatMap(([name, member]) =>
    member === undefined ? [] : notesOf(member, at === '' ? name : `${at}.${name}`),
  );
}

/** Documents of one YAML file. */
export function toYaml(parts: readonly Part[], heading: string): string {
  const documents = parts.map((part) => {
    // 1.1, since that is what Kubernetes and CloudFormation read: there, an OFF without quotes is false.
    const document = new Document(plain(part), { version: '1.1' });
    annotate(document.contents, part);
    return document.toString({ lineWidth: 0 });
  });
  return `${commentLines(heading)}${documents.map((text) => `---\n${text}`).join('')}`;
}

export function commentLines(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${`# ${line}`.trimEnd()}\n`)
    .join('');
}

// The plain value has been made into nodes of the same form; each note goes to its node.
function annotate(node: unknown, part: Part): void {
  if (part instanceof Noted) {
    if (isScalar(node)) node.comment = ` ${part.note}`;
    annotate(node, part.value);
    return;
  }
  if (typeof part !== 'object' || part === null) return;
  if (Array.isArray(part)) {
    const { items } = node as { items: Node[] };
    part.forEach((item, index) => {
      const child = items[index];
      if (item instanceof Noted && child && !isScalar(child)) child.commentBefore = ` ${item.note}`;
      annotate(child, item);
    });
    return;
  }
  if (!isMap(node)) return;
  for (const [name, member] of Object.entries(part)) {
    const pair = pairOf(node, name);
    if (member === undefined || !pair) continue;
    // A comment after the colon of a map or list would be taken for its first line's.
    if (member instanceof Noted && !isScalar(pair.value)) {
      pair.key.commentBefore = ` ${member.note}`;
    }
    annotate(pair.value, member);
  }
}

function pairOf(map: YAMLMap, name: string): Pair<Scalar, unknown> | undefined {
  for (const pair of map.items) {
    if (pair instanceof Pair && pair.key instanceof Scalar && pair.key.value === name) {
      return pair as Pair<Scalar, unknown>;
    }
  }
  return undefined;
}
