// The reference of the SDK, made from its declarations: each export with what its docstring says, and its members with
// what theirs say. Grouped as `index.ts` exports them.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { ROOT } from '../support/folders.ts';

interface Declaration {
  readonly name: string;
  /** Its docstring, without the stars. */
  readonly words: string;
  readonly code: string;
}

const TITLES: Readonly<Record<string, string>> = {
  'client-s3': 'Services',
  pg: 'Services',
  zod: 'Services',
  tokens: 'Services',
  job: 'A job',
  context: 'What a run is given',
  outcome: 'What a run returns',
  errors: 'Errors',
  logger: 'Log',
  safe: 'Text that may leave',
  plugin: 'A plugin',
};

const ORDER = [
  ...new Set(['A job', 'What a run is given', 'What a run returns', ...Object.values(TITLES)]),
];

const HEAD = `# Reference of @bfd-host/sdk

<!-- Made from the docstrings in sdk/src. Change them there, build, then run
     npx vitest run --config test/vitest.config.ts test/api -u -->

All that can be imported from \`@bfd-host/sdk\`. What it is for and how it fits together is told in
[the README](../README.md).
`;

/** The text of sdk/docs/reference.md. */
export function reference(declarations: string): string {
  const all = new Map(declarationsIn(declarations).map((each) => [each.name, each]));
  const sections = new Map<string, string[]>(ORDER.map((title) => [title, []]));
  for (const { name, from } of exportsOfIndex()) {
    const title = TITLES[from];
    const section = title === undefined ? undefined : sections.get(title);
    if (!section)
      throw new Error(`sdk/src/index.ts exports from ${from}, for which there is no title`);
    section.push(entry(name, all.get(name), from));
  }
  const index = ORDER.map(
    (title) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`,
  ).join(' · ');
  const body = [...sections].map(([title, entries]) => [`## ${title}`, ...entries].join('\n\n'));
  return `${[`${HEAD}\n${index}`, ...body].join('\n\n')}\n`;
}

function entry(name: string, declared: Declaration | undefined, from: string): string {
  if (!declared)
    return `### \`${name}\`\n\nAs of the package that it comes from: \`${PACKAGES[from]}\`.`;
  const { words, code } = declared;
  if (words === '') throw new Error(`${name} has no docstring; say in sdk/src what it is`);
  return [
    `### \`${name}\``,
    ...(words === '' ? [] : [markdown(words)]),
    `\`\`\`ts\n${code}\n\`\`\``,
  ].join('\n\n');
}

const PACKAGES: Readonly<Record<string, string>> = {
  'client-s3': '@aws-sdk/client-s3',
  pg: 'pg',
  zod: 'zod',
};

/** Names that `index.ts` exports, and the last part of where from. */
function exportsOfIndex(): { name: string; from: string }[] {
  const text = readFileSync(path.join(ROOT, 'sdk/src/index.ts'), 'utf8');
  return [...text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(
    ([, list = '', source = '']) => {
      const from = path.basename(source, '.ts');
      const names = list
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      return names.map((part) => ({
        name: part.replace(/^type /, '').replace(/^.* as /, ''),
        from,
      }));
    },
  );
}

type Node = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly start: number;
  readonly end: number;
};

/** Top-level declarations of a rolled-up file. API Extractor writes each with its docstring before it. */
function declarationsIn(text: string): Declaration[] {
  const { body } = parseAst(text, { lang: 'dts' }) as unknown as { body: Node[] };
  let end = 0;
  return body.flatMap((node) => {
    const between = text.slice(end, node.start);
    ({ end } = node);
    const name = nameOf(node);
    if (name === undefined) return [];
    const docstring = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(between)?.[1] ?? '';
    const code = text
      .slice(node.start, node.end)
      .replace(/^export declare /, 'declare ')
      .replace(/^declare /, '');
    return [{ name, words: withoutStars(docstring), code: tidy(code) }];
  });
}

function nameOf(node: Node): string | undefined {
  const inner = (node['declaration'] ?? node) as Record<string, unknown>;
  const declarators = inner['declarations'] as { id?: { name?: string } }[] | undefined;
  const id = (inner['id'] as { name?: string } | null | undefined) ?? declarators?.[0]?.id;
  return id?.name;
}

function withoutStars(docstring: string): string {
  return docstring.replace(/^\s*\* ?/gm, '').trim();
}

/** As people write it: two spaces, no private members, names instead of links. */
function tidy(code: string): string {
  return links(code, '$1')
    .replace(/^\s*private [^\n]*\n/gm, '')
    .replace(/^ +/gm, (indent) => {
      const isInComment = indent.length % 2 === 0;
      const depth = Math.floor(indent.length / 4);
      return '  '.repeat(depth) + (isInComment ? ' ' : '');
    });
}

/** Tags of a docstring as Markdown. */
function markdown(words: string): string {
  const [text = '', ...tags] = words.split(
    /^@(?=(?:param|typeParam|returns|throws|example|see)\b)/m,
  );
  const parts = tags.map((tag) => {
    const [, kind = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
    const said = rest.trim();
    switch (kind) {
      case 'example':
        return said.startsWith('```') ? said : `\`\`\`ts\n${said}\n\`\`\``;
      case 'param':
      case 'typeParam':
        return `- ${said.replace(/^(\S+)\s*-\s*/, '`$1`: ').replaceAll('\n', '\n  ')}`;
      case 'throws':
        return `- throws ${said.replaceAll('\n', '\n  ')}`;
      default:
        return `- ${kind}: ${said}`;
    }
  });
  const list = parts.filter((part) => part.startsWith('- ')).join('\n');
  const examples = parts.filter((part) => !part.startsWith('- '));
  return [links(text.trim()), links(list), ...examples].filter((part) => part !== '').join('\n\n');
}

function links(text: string, as = '`$1`'): string {
  return text.replace(/\{@link ([\w.]+)[^}]*\}/g, as);
}
