// A template's source as that of the job somebody asked for. Templates are sources that compile and are formatted as
// they are; so must be what comes out, whatever the names in it are long.

import type { Answers } from './answers.ts';

/** What a part of a template may be there for. */
export type Part = 'db' | 's3' | 'config' | 'schedule' | 'alone' | 'in-repository';

const LINE_WIDTH = 100;

/** Puts the job's names into any text of a template. */
export function renamed(text: string, name: string): string {
  const words = name.split('-').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return text.replaceAll('my-job', name).replaceAll('MyJob', words.join(''));
}

/** Leaves out what stands between `//+ PART` and `//-` unless the part is wanted; in Markdown `<!--+ PART -->`. */
export function withParts(text: string, parts: ReadonlySet<Part>): string {
  const open: boolean[] = [];
  const kept = text.split('\n').filter((line) => {
    const begins = /^\s*(?:\/\/\+|<!--\+) ([a-z3-]+)/.exec(line)?.[1];
    const ends = /^\s*(?:\/\/-|<!-- *- *-->)\s*$/.test(line);
    if (begins !== undefined) open.push([...parts].some((part) => part === begins));
    if (ends) open.pop();
    return begins === undefined && !ends && open.every(Boolean);
  });
  return kept.join('\n');
}

/** A template's plugin.ts or test for these answers. */
export function sourceText(template: string, answers: Answers): string {
  const parts = new Set<Part>(answers.needs);
  if (answers.schedule !== undefined) parts.add('schedule');
  const text = withParts(template, parts).replace(/@Job\(\{.*\}\)/, (declared) =>
    jobDecorator(answers, declared.includes('startup: true')),
  );
  return withUsedImports(foldConstructor(renamed(text, answers.name)));
}

/** On one line if it fits, else a line for each member. */
function jobDecorator(
  { name, schedule, timezone, dependsOn, needs }: Answers,
  runsAtStart: boolean,
): string {
  const zone = timezone === undefined ? '' : `, timezone: ${literal(timezone)}`;
  const members = [
    `name: ${literal(name)}`,
    "version: '1.0.0'",
    ...(schedule === undefined ? [] : [`schedule: { cron: ${literal(schedule)}${zone} }`]),
    ...(runsAtStart && schedule !== undefined ? ['startup: true'] : []),
    ...(dependsOn.length === 0 ? [] : [`dependsOn: ${dependencies(dependsOn)}`]),
    ...(needs.includes('config') ? ['config'] : []),
  ];
  const line = `@Job({ ${members.join(', ')} })`;
  if (line.length <= LINE_WIDTH && !line.includes('\n')) return line;
  return ['@Job({', ...members.map((member) => `  ${member},`), '})'].join('\n');
}

// As the formatter has it: objects of more than one member, more than one of them, stand below each other.
function dependencies(dependsOn: Answers['dependsOn']): string {
  const objects = dependsOn.map(({ job, version }) =>
    version === undefined
      ? `{ job: ${literal(job)} }`
      : `{ job: ${literal(job)}, version: ${literal(version)} }`,
  );
  const line = `[${objects.join(', ')}]`;
  const areAllWide =
    dependsOn.length > 1 && dependsOn.every(({ version }) => version !== undefined);
  const fits = `  dependsOn: ${line},`.length <= LINE_WIDTH;
  return fits && !areAllWide
    ? line
    : ['[', ...objects.map((object) => `    ${object},`), '  ]'].join('\n');
}

/** A constructor with a single parameter stands on one line. */
function foldConstructor(text: string): string {
  return text.replace(/constructor\(\n\s+([^\n]*),\n\s+\) \{\}/, 'constructor($1) {}');
}

/** Drops imported names that are not used, and prints what is left as the formatter does. */
function withUsedImports(text: string): string {
  const imports = /^import \{([^}]*)\} from '(@bfd-host\/sdk)';$/m;
  const rest = text.replace(imports, '');
  return text.replace(imports, (_, list: string, from: string) => {
    const names = list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && isUsed(name.replace(/^type /, ''), rest));
    const line = `import { ${names.join(', ')} } from '${from}';`;
    if (line.length <= LINE_WIDTH) return line;
    return ['import {', ...names.map((name) => `  ${name},`), `} from '${from}';`].join('\n');
  });
}

function isUsed(name: string, text: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text.replace(/^\s*\/\/.*$/gm, ''));
}

/** A string literal with single quotes. */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
