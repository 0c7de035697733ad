// All files of a job's project, by path, as text.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answers } from './answers.ts';
import { packageJson } from './package-json.ts';
import type { Place } from './place.ts';
import { type Part, renamed, sourceText, withParts } from './source-text.ts';

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

export function projectFiles(answers: Answers, { folder, repository }: Place): Map<string, string> {
  const files = new Map<string, string>();
  for (const [file, text] of filesBelow(path.join(TEMPLATES, answers.kind))) {
    // package.json is put together below, README.md is the part of one that tells of this kind.
    if (file === 'package.json' || file === 'README.md') continue;
    const isSource = file.endsWith('.ts');
    const target = renamed(file, answers.name);
    files.set(target, isSource ? sourceText(text, answers) : renamed(text, answers.name));
  }
  const shared = new Map(filesBelow(path.join(TEMPLATES, 'shared')));
  const take = (name: string): string => shared.get(name) ?? '';
  files.set('package.json', packageJson(answers, repository !== undefined));
  files.set('README.md', readme(answers, take('README.md'), repository !== undefined));
  files.set('host.config.json', hostConfig(files, answers, folder, repository));
  if (repository === undefined) {
    files.set('tsconfig.json', take('tsconfig.json'));
    files.set('biome.json', take('biome-config.json'));
    files.set('vitest.config.ts', take('vitest.config.ts'));
    files.set('.gitignore', take('gitignore'));
  } else {
    files.set('tsconfig.json', renamed(take('tsconfig.in-repository.json'), answers.name));
  }
  return files;
}

function readme(answers: Answers, shared: string, isInRepository: boolean): string {
  const ofKind = readFileSync(path.join(TEMPLATES, answers.kind, 'README.md'), 'utf8');
  const parts = new Set<Part>([...answers.needs, isInRepository ? 'in-repository' : 'alone']);
  const text = shared.replace('{{what}}', ofKind.trim());
  return renamed(withParts(text, parts), answers.name);
}

/** For `npm run dev`: the job's configuration, and where the plugins are that it depends on. */
function hostConfig(
  files: ReadonlyMap<string, string>,
  { name, needs }: Answers,
  folder: string,
  repository: string | undefined,
): string {
  const { jobs } = JSON.parse(files.get('host.config.json') ?? '{}');
  const schema =
    repository === undefined
      ? './node_modules/@bfd-host/host/host.config.schema.json'
      : `${path.posix.join(...path.relative(folder, repository).split(path.sep))}/host/host.config.schema.json`;
  const config = {
    $schema: schema,
    // Where the built plugin is found, by all commands: its own `dist`, or beside those of the repository.
    pluginsFolder: repository === undefined ? '.' : '..',
    jobs: needs.includes('s3') ? { [name]: { config: { bucket: name } } } : jobs,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function* filesBelow(folder: string, below = ''): Generator<[string, string]> {
  for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const file = path.posix.join(below, entry.name);
    if (entry.isDirectory()) {
      if (!MADE.has(entry.name)) yield* filesBelow(folder, file);
    } else yield [file, readFileSync(path.join(folder, file), 'utf8')];
  }
}

/** In a template that somebody has built or run where it lies. */
const MADE = new Set(['dist', 'node_modules', '.bfd']);
