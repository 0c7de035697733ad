import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPlugin, checkPlugin } from '@bfd-host/plugin-builder';
import { describe, expect, it } from 'vitest';
import { jobSource, pluginFolder } from '../test/plugin-folder.ts';

const bundleOf = (folder: string) => readFile(join(folder, 'dist/plugin.js'), 'utf8');

describe('building a plugin', () => {
  it('leaves a folder with plugin.js and plugin.json and nothing else, which is sound', async () => {
    await using source = await pluginFolder({ 'src/plugin.ts': jobSource() });

    const { folder, manifest } = await buildPlugin(source.path);

    expect((await readdir(folder)).sort()).toEqual(['plugin.js', 'plugin.json']);
    expect(JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8'))).toEqual(manifest);
    expect(manifest).toMatchObject({
      manifestVersion: 1,
      name: 'test-plugin',
      version: '1.2.3',
      entry: 'plugin.js',
      jobs: [{ name: 'test-job', version: '1.0.0', needs: [], hasItems: false }],
    });
    await expect(checkPlugin(source.path)).resolves.toMatchObject({ manifest });
    await expect(checkPlugin(folder)).resolves.toMatchObject({ manifest });
  });

  it('gives the same bytes for the same source, wherever it lies', async () => {
    const files = {
      'src/plugin.ts': jobSource({
        imports: "import { text } from './lib/text.ts';",
        run: 'if (text) throw new Error(text); return nothingToDo();',
      }),
      'src/lib/text.ts': "export const text = 'text';",
    };
    await using here = await pluginFolder(files);
    await using there = await pluginFolder(files);

    const [first, second] = await Promise.all([here, there].map(({ path }) => buildPlugin(path)));

    expect(first?.manifest.sha256).toBe(second?.manifest.sha256);
    const bundle = await bundleOf(here.path);
    expect(bundle).not.toContain(here.path);
    expect(bundle).not.toContain('node_modules');
  });

  it('writes nothing when nothing changed', async () => {
    await using source = await pluginFolder({ 'src/plugin.ts': jobSource() });
    const { folder } = await buildPlugin(source.path);
    const before = await stat(join(folder, 'plugin.js'));

    await expect(buildPlugin(source.path)).resolves.toMatchObject({ isChanged: false });

    expect((await stat(join(folder, 'plugin.js'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('sees a change in a file that is imported, and repairs a manifest that was edited', async () => {
    await using source = await pluginFolder({
      'src/plugin.ts': jobSource({ imports: "import './lib.ts';" }),
      'src/lib.ts': 'globalThis.x = 1;',
      'node_modules/.keep': '',
    });
    const { folder, manifest } = await buildPlugin(source.path);
    await source.write('src/lib.ts', 'globalThis.x = 2;');
    const changed = await buildPlugin(source.path);
    expect(changed.isChanged).toBe(true);
    expect(changed.manifest.sha256).not.toBe(manifest.sha256);

    await source.write('dist/plugin.json', '{}');
    await buildPlugin(source.path);
    expect(JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8'))).toEqual(
      changed.manifest,
    );
  });

  it('takes .sql files in as text, dynamic imports as code, and types of pg as nothing', async () => {
    await using source = await pluginFolder({
      'src/plugin.ts': jobSource({
        imports: "import { Pool } from 'pg';\nimport query from './query.sql';",
        run: "const pool: Pool | undefined = undefined; if (pool) return pool; const { late } = await import('./late.ts'); late(query); return nothingToDo();",
      }),
      'src/query.sql': "select 'from the .sql file';\n",
      'src/late.ts': "export const late = (text: string) => console.log('imported late', text);",
    });

    await buildPlugin(source.path);

    const bundle = await bundleOf(source.path);
    expect(bundle).toContain("select 'from the .sql file'");
    expect(bundle).toContain('imported late');
    expect(bundle).not.toMatch(/from "pg"/);
  });

  it('keeps messages of the author as literals, for the host compares them', async () => {
    await using source = await pluginFolder({
      'src/plugin.ts': jobSource({
        run: "console.log('ein Satz, größer: it is'); return nothingToDo();",
      }),
    });
    await buildPlugin(source.path);
    expect(await bundleOf(source.path)).toContain('"ein Satz, größer: it is"');
  });

  it('keeps the licences of what is bundled', async () => {
    await using source = await pluginFolder({
      'src/plugin.ts': jobSource({
        imports: "import { f } from './lib.ts';",
        run: 'f(); return nothingToDo();',
      }),
      'src/lib.ts': '/*! @license Somebody, 2020 */\nexport function f() {}',
    });
    await buildPlugin(source.path);
    expect(await bundleOf(source.path)).toContain('@license Somebody, 2020');
  });

  it('has a require for packages that hand theirs on, beside one of the author', async () => {
    await using source = await pluginFolder({
      'src/plugin.ts': jobSource({
        imports:
          "import { createRequire } from 'node:module';\nimport lazy from 'lazy';\nconst require = createRequire(import.meta.url);",
        rest: "if (require('node:os') !== lazy('node:os')) throw new Error('another');",
      }),
      'node_modules/lazy/package.json': '{ "name": "lazy", "version": "1.0.0" }',
      'node_modules/lazy/index.js':
        'const load = (from, name) => from(name);\nmodule.exports = (name) => load(require, name);',
    });
    await expect(buildPlugin(source.path)).resolves.toBeDefined();
  });

  it('takes its entry from package.json if that names one', async () => {
    await using source = await pluginFolder({
      'package.json':
        '{ "name": "@acme/my-plugin", "version": "2.0.0", "bfd": { "entry": "main.ts" } }',
      'main.ts': jobSource(),
    });
    await expect(buildPlugin(source.path)).resolves.toMatchObject({
      manifest: { name: 'my-plugin', version: '2.0.0' },
    });
  });

  it('runs although a package.json above the folder says it is CommonJS', async () => {
    await using source = await pluginFolder({
      'package.json': '{ "name": "test-plugin", "version": "1.0.0", "type": "commonjs" }',
      'src/plugin.ts': jobSource(),
    });
    await buildPlugin(source.path);
    await expect(checkPlugin(source.path)).resolves.toBeDefined();
  });

  it('leaves the earlier build alone when the source is broken', async () => {
    await using source = await pluginFolder({ 'src/plugin.ts': jobSource() });
    await buildPlugin(source.path);
    await source.write('src/plugin.ts', jobSource({ rest: 'throw new Error("no");' }));

    await expect(buildPlugin(source.path)).rejects.toMatchObject({ code: 'BFD_PLUGIN' });

    await expect(checkPlugin(source.path)).resolves.toBeDefined();
    expect((await readdir(join(source.path, 'dist'))).sort()).toEqual(['plugin.js', 'plugin.json']);
  });
});
