import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../host/src/commands/program.ts';
import { packageJson } from '../../tools/create-bfd-job/src/package-json.ts';
import { sourceTexts } from './raised-codes.ts';
import { ROOT, repositoryFiles } from './repository.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const DOCUMENTS = repositoryFiles(/\.md$/);

interface Link {
  readonly from: string;
  readonly file: string;
  readonly anchor: string | undefined;
}

/** Links of a document to files of this repository. */
function linksOf(document: string): Link[] {
  const targets = [...withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/g)];
  return targets.flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [name = '', anchor] = target.split('#');
    const folder = path.posix.dirname(document);
    const file = name === '' ? document : path.posix.join(folder, decodeURIComponent(name));
    return { from: document, file, anchor };
  });
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): string[] {
  const headings = read(document)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** What is said in the documents as `tool NAME`, and where. */
function named(tool: string): { readonly at: string; readonly name: string }[] {
  const pattern = new RegExp(`\\b${tool} ([a-z][a-z:-]*)`, 'g');
  return DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(pattern)].map(([, name = '']) => ({ at: document, name })),
  );
}

function commandsIn(file: string): string[] {
  return [...read(file).matchAll(/\bcommand\(\s*'([a-z-]+)/g)].map(([, name = '']) => name);
}

const HOST_COMMANDS = buildProgram().commands.map((command) => command.name());
const PLUGIN_COMMANDS = commandsIn('tools/plugin-builder/src/main.ts');

describe('the documents', () => {
  const links = DOCUMENTS.flatMap(linksOf);

  it('are found, with their links and commands', () => {
    expect(DOCUMENTS).toContain('README.md');
    expect(links.length).toBeGreaterThan(50);
    expect(HOST_COMMANDS).toContain('start');
    expect(PLUGIN_COMMANDS).toContain('build');
  });

  it('link to files that are there', () => {
    const dead = links.filter(({ file }) => !existsSync(path.join(ROOT, file)));
    expect(dead).toEqual([]);
  });

  it('stay inside the repository', () => {
    expect(links.filter(({ file }) => file.startsWith('..'))).toEqual([]);
  });

  it('link to headings that are there', () => {
    const dead = links
      .filter(({ file, anchor }) => anchor !== undefined && file.endsWith('.md'))
      .filter(({ file, anchor = '' }) => !anchorsOf(file).includes(anchor));
    expect(dead).toEqual([]);
  });

  it('name no folder of one machine', () => {
    const found = DOCUMENTS.flatMap((document) => {
      const places = read(document).match(/\.\.\/shared\b|\/(work|home|root|tmp)\/[\w./-]+/g) ?? [];
      return places.map((place) => ({ document, place }));
    });
    expect(found).toEqual([]);
  });

  it('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const ofProjects = JSON.parse(
      packageJson({ name: 'my-job', kind: 'empty', dependsOn: [], needs: [] }, false),
    );
    const known = [...Object.keys(scripts), ...Object.keys(ofProjects.scripts)];
    expect(named('npm run').filter(({ name }) => !known.includes(name))).toEqual([]);
  });

  it('name only commands that bfd-host has', () => {
    expect(named('npx bfd-host').filter(({ name }) => !HOST_COMMANDS.includes(name))).toEqual([]);
  });

  it('name only commands that bfd-plugin has', () => {
    const unknown = named('npx bfd-plugin').filter(({ name }) => !PLUGIN_COMMANDS.includes(name));
    expect(unknown).toEqual([]);
  });

  it('explain every command of bfd-host in cli.md', () => {
    const headings = [...read('host/docs/cli.md').matchAll(/^## `bfd-host ([a-z]+)/gm)];
    expect(headings.map(([, name = '']) => name).sort()).toEqual([...HOST_COMMANDS].sort());
  });
});

describe('messages', () => {
  it('name only commands that there are', () => {
    const told = sourceTexts().flatMap((text) => [
      ...text.matchAll(/`(?:npx )?(bfd-host|bfd-plugin) ([a-z]+)/g),
    ]);
    const unknown = told.filter(
      ([, tool, name = '']) =>
        !(tool === 'bfd-host' ? HOST_COMMANDS : PLUGIN_COMMANDS).includes(name),
    );
    expect(told.length).toBeGreaterThan(5);
    expect(unknown.map(([text]) => text)).toEqual([]);
  });
});
