import { buildPlugin } from '@bfd-host/plugin-builder';
import { describe, expect, it } from 'vitest';
import { jobSource, pluginFolder, problemsOf } from '../test/plugin-folder.ts';

async function problemsIn(files: Record<string, string>, loadLimitMs = 20_000): Promise<unknown> {
  await using source = await pluginFolder(files);
  return await problemsOf(buildPlugin(source.path, { loadLimitMs }));
}

const problemsInSource = (text: string) => problemsIn({ 'src/plugin.ts': text });

describe('package.json', () => {
  it('without name, version and entry is told of all three', async () => {
    await expect(problemsIn({ 'package.json': '{ "name": "My Plugin" }' })).resolves.toMatchObject([
      {
        code: 'BFD_PLUGIN_PACKAGE',
        problem: expect.stringMatching(/^"name": expected lower-case/),
      },
      { code: 'BFD_PLUGIN_PACKAGE', problem: expect.stringMatching(/^"version": expected/) },
      { code: 'BFD_PLUGIN_ENTRY', at: 'src/plugin.ts' },
    ]);
  });

  it('that is no JSON is refused', async () => {
    await expect(problemsIn({ 'package.json': '{ name }' })).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_PACKAGE', problem: expect.stringMatching(/^is not JSON/) },
    ]);
  });

  it('may not name an entry outside of the folder', async () => {
    const text =
      '{ "name": "test-plugin", "version": "1.0.0", "bfd": { "entry": "../../etc/x.ts" } }';
    await expect(problemsIn({ 'package.json': text })).resolves.toMatchObject([
      { problem: '"bfd.entry": expected a path below this folder' },
    ]);
  });

  it('is not looked for in a folder that is not there', async () => {
    await expect(problemsOf(buildPlugin('/nowhere/at/all'))).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_FOLDER' },
    ]);
  });
});

describe('source', () => {
  it('with a syntax error is told of file, line and column', async () => {
    await expect(problemsInSource('const a = 1;\nconst b b = 2;\n')).resolves.toContainEqual({
      code: 'BFD_PLUGIN_SYNTAX',
      at: 'src/plugin.ts:2:8',
      problem: expect.stringMatching(/semicolon/),
      remedy: expect.any(String),
    });
  });

  it('with imports that lead nowhere is told of all of them', async () => {
    const imports =
      "import 'not-there';\nimport { x } from '@acme/nor-this/deep';\nconsole.log(x);";
    await expect(problemsInSource(jobSource({ imports }))).resolves.toMatchObject([
      {
        code: 'BFD_PLUGIN_UNRESOLVED',
        at: 'src/plugin.ts:3:8',
        problem: 'imports "not-there", which is not installed',
      },
      {
        code: 'BFD_PLUGIN_UNRESOLVED',
        remedy: expect.stringMatching(/npm install @acme\/nor-this$/),
      },
    ]);
  });

  it('with an import of a file or a name that is not there is told of it', async () => {
    const imports = "import './missing.ts';";
    await expect(problemsInSource(jobSource({ imports }))).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_UNRESOLVED', at: 'src/plugin.ts:3:8' },
    ]);
    const named = "import { safest } from '@bfd-host/sdk'; console.log(safest);";
    await expect(problemsInSource(jobSource({ imports: named }))).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_UNRESOLVED', at: 'src/plugin.ts:3:10' },
    ]);
  });

  it.each([
    ['pg', 'DB_POOL'],
    ['@aws-sdk/client-s3', 'S3'],
    ['@aws-sdk/lib-storage', 'ctx.upload'],
    ['@opentelemetry/api', 'traces'],
    ['@bfd-host/host', 'sdk'],
  ])('that bundles %s is told to use %s', async (name, remedy) => {
    const imports = `import * as it from '${name}';\nconsole.log(it);`;
    await expect(problemsInSource(jobSource({ imports }))).resolves.toMatchObject([
      {
        code: 'BFD_PLUGIN_SERVICE_IMPORT',
        at: 'src/plugin.ts:3:21',
        remedy: expect.stringContaining(remedy),
      },
    ]);
  });

  it('whose package bundles pg is told which file does', async () => {
    const files = {
      'src/plugin.ts': jobSource({ imports: "import 'wrapper';" }),
      'node_modules/wrapper/package.json': '{ "name": "wrapper", "version": "1.0.0" }',
      'node_modules/wrapper/index.js': "exports.pool = require('pg');",
      'node_modules/pg/package.json': '{ "name": "pg", "version": "8.0.0" }',
      'node_modules/pg/index.js': 'exports.Pool = class {};',
    };
    await expect(problemsIn(files)).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_SERVICE_IMPORT', at: 'node_modules/wrapper/index.js:1:24' },
    ]);
  });

  it('may import a package that requires, if it can, what is not there', async () => {
    const files = {
      'src/plugin.ts': jobSource({ imports: "import 'optimist';" }),
      'node_modules/optimist/package.json': '{ "name": "optimist", "version": "1.0.0" }',
      'node_modules/optimist/index.js': "try { require('fast-path'); } catch {}",
    };
    await expect(problemsIn(files)).resolves.toEqual([]);
  });

  it('with a native add-on is refused', async () => {
    const files = {
      'src/plugin.ts': jobSource({ imports: "import addon from './x.node'; console.log(addon);" }),
      'src/x.node': '',
    };
    await expect(problemsIn(files)).resolves.toMatchObject([{ code: 'BFD_PLUGIN_ADDON' }]);
  });
});

describe('a bundle', () => {
  it.each([
    ['has no default export', 'export const x = 1;', 'BFD_PLUGIN_EXPORT', /no default export/],
    ['exports something else', 'export default class {}', 'BFD_PLUGIN_EXPORT', /\(function\)/],
    ['exports null', 'export default null;', 'BFD_PLUGIN_EXPORT', /\(null\)/],
    ['looks like a plugin', 'export default { create() {} };', 'BFD_PLUGIN_EXPORT', /definePlugin/],
    ['exits', 'process.exit(3);', 'BFD_PLUGIN_LOAD', /exited with code 3/],
    ['never comes', 'await new Promise(() => {});', 'BFD_PLUGIN_LOAD', /never comes/],
    ['throws nothing', 'throw undefined;', 'BFD_PLUGIN_LOAD', /undefined/],
  ])('that %s is refused', async (_, text, code, problem) => {
    await expect(problemsInSource(text)).resolves.toMatchObject([
      {
        code,
        at: expect.stringMatching(/^src\/plugin.ts/),
        problem: expect.stringMatching(problem),
      },
    ]);
  });

  it('that throws is told of the line of its source', async () => {
    const files = {
      'src/plugin.ts': jobSource({ imports: "import './lib.ts';" }),
      'src/lib.ts':
        "\n\nfunction fail(): never {\n  throw new TypeError('bad start');\n}\nfail();\n",
    };
    await expect(problemsIn(files)).resolves.toMatchObject([
      {
        code: 'BFD_PLUGIN_LOAD',
        at: expect.stringMatching(/^src\/lib\.ts:4:/),
        problem: 'throws while it is loaded: TypeError: bad start',
      },
    ]);
  });

  it.each([
    ['a file', "import { readFileSync } from 'node:fs'; readFileSync('/etc/hostname');"],
    ['the network', "await fetch('http://127.0.0.1:9');"],
    ['a process', "import { execSync } from 'node:child_process'; execSync('true');"],
  ])('that wants %s while it is loaded is told to wait for run()', async (_, text) => {
    await expect(problemsInSource(text)).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_LOAD', remedy: expect.stringContaining('run()') },
    ]);
  });

  it('that never ends is given up', async () => {
    await expect(problemsIn({ 'src/plugin.ts': 'for (;;) {}' }, 1_000)).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_LOAD_TIMEOUT', problem: 'is not loaded after 1 seconds' },
    ]);
  });

  it('sees nothing of the environment, and may print what it likes', async () => {
    const rest = 'if (process.env.PATH) throw new Error("a path"); console.log("{}".repeat(99));';
    await expect(problemsInSource(jobSource({ rest }))).resolves.toEqual([]);
  });

  it('with several mistakes in its jobs is told of all of them', async () => {
    const text = `
import { DB_POOL, definePlugin, inject, Job, nothingToDo, z, type Pool } from '@bfd-host/sdk';
@Job({ name: 'same', version: '1.0.0' })
class A { constructor(private db: Pool) {} async run() { return nothingToDo(); } }
@Job({ name: 'same', version: '1.0.0', config: z.object({ at: z.date() }) })
class B { async run() { return nothingToDo(); } }
export default definePlugin({ jobs: [A, B] });`;
    await expect(problemsInSource(text)).resolves.toMatchObject([
      {
        code: 'BFD_PLUGIN_DEFINITION',
        problem: expect.stringMatching(/parameter 1 has no @inject/),
      },
      { code: 'BFD_PLUGIN_DEFINITION', problem: expect.stringMatching(/two classes are called/) },
      { code: 'BFD_PLUGIN_DEFINITION', problem: expect.stringMatching(/JSON Schema/) },
    ]);
  });

  it('with values in @Job that plugin.json does not take is told of all of them', async () => {
    const text = jobSource().replace(
      "{ name: 'test-job', version: '1.0.0' }",
      "{ name: 'Test Job', version: 'one', retries: { limit: -1 }, schedul: { cron: '* * * * *' } } as never",
    );
    await expect(problemsInSource(text)).resolves.toMatchObject([
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/^job Test Job: name: /) },
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/^job Test Job: version: /) },
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/retries\.limit: /) },
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/schedul/) },
    ]);
  });
});
