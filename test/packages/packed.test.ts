// What would be published: all that is needed, nothing else, and types that others resolve.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { folderWithPackages, PUBLISHED, ROOT } from '../support/folders.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

type Names = Readonly<Record<string, string>>;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Names;
  readonly exports?: Readonly<Record<string, string | Names>>;
  readonly dependencies?: Names;
  readonly optionalDependencies?: Names;
  readonly peerDependencies?: Names;
}

let folder: Awaited<ReturnType<typeof folderWithPackages>>;
beforeAll(async () => {
  folder = await folderWithPackages();
});
afterAll(() => folder[Symbol.asyncDispose]());

const installed = (name: string, file = '') => path.join(folder.path, 'node_modules', name, file);
const filesOf = (name: string) => folder.packed.find((packed) => packed.name === name)?.files ?? [];
async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(installed(name, 'package.json'), 'utf8'));
}

/** Packages that the code of a package imports. */
async function importsOf(name: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const file of filesOf(name).filter((each) => /^dist\/.*\.js$/.test(each))) {
    if (file.startsWith('dist/isolation/runtime/')) continue; // bundled
    const text = await readFile(installed(name, file), 'utf8');
    for (const specifier of specifiersIn(parseAst(text))) {
      const [first = '', second = ''] = specifier.split('/');
      if (specifier.startsWith('.') || isBuiltin(specifier)) continue;
      found.add(first.startsWith('@') ? `${first}/${second}` : first);
    }
  }
  return found;
}

/** What is imported, at the beginning or when it is needed. */
function specifiersIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(specifiersIn);
  if (typeof node !== 'object' || node === null) return [];
  const { type, source } = node as { type?: string; source?: { value?: unknown } };
  const isImport = /^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(
    type ?? '',
  );
  const own = isImport && typeof source?.value === 'string' ? [source.value] : [];
  return [...own, ...Object.values(node).flatMap(specifiersIn)];
}

describe.each(Object.entries(PUBLISHED))('the package %s', (name, source) => {
  it('is published, at the version of the others, which it names exactly', async () => {
    const root: Manifest = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    const { version, private: isPrivate, ...manifest } = await manifestOf(name);
    expect({ version, isPrivate }).toEqual({ version: root.version, isPrivate: undefined });
    const needed = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const [other, range] of Object.entries(needed)) {
      if (other.startsWith('@bfd-host/')) expect(range, other).toBe(root.version);
      expect(range, other).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  it('holds everything that its package.json promises', async () => {
    const { bin = {}, exports = {} } = await manifestOf(name);
    const promised = [...Object.values(bin), ...Object.values(exports).flatMap(targetsOf)];
    expect(promised.length).toBeGreaterThan(0);
    for (const file of promised) expect(existsSync(installed(name, file)), file).toBe(true);
    expect(filesOf(name)).toContain('README.md');
  });

  it('holds nothing else: what is compiled has a source, and nobody needs maps and tests', () => {
    const files = filesOf(name).filter((file) => !file.startsWith('dist/isolation/runtime/'));
    const stray = files.filter((file) => {
      const compiled = /^dist\/(.*?)(\.d\.ts|\.js)$/.exec(file)?.[1];
      if (compiled !== undefined)
        return !existsSync(path.join(ROOT, source, 'src', `${compiled}.ts`));
      return !/^(package\.json|README\.md|host\.config\.schema\.json|(bin|docs|migrations|page|templates)\/.*)$/.test(
        file,
      );
    });
    const unwanted = files.filter(
      (file) =>
        !file.startsWith('templates/') &&
        /\.test\.|\.testkit\.|\.map$|tsbuildinfo|node_modules/.test(file),
    );
    expect({ stray, unwanted }).toEqual({ stray: [], unwanted: [] });
  });

  it('asks for each package that it imports, and for no other', async () => {
    const { dependencies = {}, peerDependencies = {} } = await manifestOf(name);
    const asked = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    const imports = await importsOf(name);
    const missing = [...imports].filter((each) => each !== name && !asked.includes(each));
    const idle = asked.filter(
      (each) => !imports.has(each) && !FOR_TYPES_ALONE.has(each) && !SERVED_TO_BROWSERS.has(each),
    );
    expect({ missing, idle }).toEqual({ missing: [], idle: [] });
  });
});

/** The page's, which a browser asks the host for. */
const SERVED_TO_BROWSERS = new Set(['@dagrejs/dagre', 'lit-html', 'uplot']);

/** Their types are in declarations. */
const FOR_TYPES_ALONE = new Set([
  '@types/pg',
  '@aws-sdk/client-s3',
  '@bfd-host/sdk',
  '@opentelemetry/otlp-exporter-base',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/sdk-trace',
]);

function targetsOf(target: string | Names): string[] {
  return typeof target === 'string' ? [target] : Object.values(target);
}

describe('types of the packages', () => {
  it.each(['nodenext', 'bundler'])(
    'resolve for a program with module resolution %s',
    async (how) => {
      const module = how === 'bundler' ? 'esnext' : how;
      const options = {
        module,
        moduleResolution: how,
        target: 'es2024',
        types: ['node'],
        strict: true,
      };
      const tsconfig = {
        compilerOptions: {
          ...options,
          noEmit: true,
          skipLibCheck: false,
          experimentalDecorators: true,
        },
        files: [`consumer-${how}.ts`],
      };
      await writeFile(path.join(folder.path, `tsconfig.${how}.json`), JSON.stringify(tsconfig));
      await writeFile(path.join(folder.path, `consumer-${how}.ts`), CONSUMER);

      const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
      const { stdout } = await runCommand(tsc, ['-p', `tsconfig.${how}.json`], {
        cwd: folder.path,
      });

      const ours = stdout.split('\n').filter((line) => /@bfd-host|create-bfd|consumer-/.test(line));
      expect(ours).toEqual([]);
    },
  );
});

const CONSUMER = `
import { definePlugin, Job, nothingToDo, type Outcome, type RunContext, type Runnable } from '@bfd-host/sdk';
import { pluginManifestSchema } from '@bfd-host/sdk/runtime';
import { FirePlan } from '@bfd-host/host/testing';
import { joinLocalStack } from '@bfd-host/local-stack';
import { buildPlugin } from '@bfd-host/plugin-builder';
import { testJob, type TestRun } from '@bfd-host/testkit';

@Job({ name: 'consumer', version: '1.0.0' })
class Consumer implements Runnable {
  async run(ctx: RunContext): Promise<Outcome> {
    return ctx.attempt > 1 ? nothingToDo() : nothingToDo({ version: '2' });
  }
}
const run: Promise<TestRun> = testJob({ plugin: '.' }).then((job) => job.run());
// @ts-expect-error there is no such member
run.then(({ resultt }) => resultt);
export const all = [definePlugin({ jobs: [Consumer] }), pluginManifestSchema, FirePlan, joinLocalStack, buildPlugin, run];
`;
