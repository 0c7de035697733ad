import { mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPlugin, checkPlugin } from '@bfd-host/plugin-builder';
import { describe, expect, it } from 'vitest';
import { jobSource, pluginFolder, problemsOf } from '../test/plugin-folder.ts';

async function builtPlugin() {
  const source = await pluginFolder({ 'src/plugin.ts': jobSource() });
  const { folder, manifest } = await buildPlugin(source.path);
  const rewrite = (change: object) =>
    writeFile(join(folder, 'plugin.json'), JSON.stringify({ ...manifest, ...change }));
  return { ...source, folder, manifest, rewrite };
}

describe('checking a built folder', () => {
  it('finds a bundle that was changed after the build', async () => {
    await using built = await builtPlugin();
    const bundle = await readFile(join(built.folder, 'plugin.js'), 'utf8');
    await writeFile(join(built.folder, 'plugin.js'), `${bundle}\n`);
    expect(await problemsOf(checkPlugin(built.folder))).toMatchObject([
      { code: 'BFD_PLUGIN_DIGEST', at: 'plugin.js' },
    ]);
  });

  it('finds a manifest that says other things than the bundle', async () => {
    await using built = await builtPlugin();
    await built.rewrite({
      privileges: { network: true },
      jobs: built.manifest.jobs.map((job) => ({ ...job, startup: true })),
    });
    expect(await problemsOf(checkPlugin(built.folder))).toMatchObject([
      { code: 'BFD_PLUGIN_STALE', problem: expect.stringMatching(/^"privileges"/) },
      { code: 'BFD_PLUGIN_STALE', problem: expect.stringMatching(/^"jobs"/) },
    ]);
  });

  it('finds a plugin interface of another version', async () => {
    await using built = await builtPlugin();
    await built.rewrite({ apiVersion: 99 });
    expect(await problemsOf(checkPlugin(built.folder))).toMatchObject([
      { code: 'BFD_PLUGIN_API_VERSION' },
    ]);
  });

  it('finds links and files that are not part of a plugin, all at once, but lets a README be', async () => {
    await using built = await builtPlugin();
    await symlink('/etc/passwd', join(built.folder, 'data.json'));
    await writeFile(join(built.folder, 'addon.node'), '');
    await writeFile(join(built.folder, 'README.md'), '# mine');
    expect(await problemsOf(checkPlugin(built.folder))).toMatchObject([
      { code: 'BFD_PLUGIN_EXTRA_FILE', at: 'addon.node' },
      { code: 'BFD_PLUGIN_SYMLINK', at: 'data.json' },
    ]);
  });

  it('finds that the folder itself is a link', async () => {
    await using built = await builtPlugin();
    await using elsewhere = await mkdtempDisposable(join(tmpdir(), 'bfd-plugin-test-'));
    await symlink(built.folder, join(elsewhere.path, 'plugin'));
    expect(await problemsOf(checkPlugin(join(elsewhere.path, 'plugin')))).toMatchObject([
      { code: 'BFD_PLUGIN_SYMLINK', at: '.' },
    ]);
  });

  it('finds every part of a manifest that has not its form', async () => {
    await using built = await builtPlugin();
    await built.rewrite({ sha256: 'abc', entry: '../plugin.js', extra: 1 });
    expect(await problemsOf(checkPlugin(built.folder))).toMatchObject([
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/^"entry": /) },
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/^"sha256": /) },
      { code: 'BFD_PLUGIN_MANIFEST', problem: expect.stringMatching(/extra/) },
    ]);
  });

  it('finds that there is no bundle, or no plugin', async () => {
    await using built = await builtPlugin();
    await built.rewrite({ entry: 'other.js' });
    expect(await problemsOf(checkPlugin(built.folder))).toContainEqual(
      expect.objectContaining({ code: 'BFD_PLUGIN_ENTRY', at: 'other.js' }),
    );
    await using empty = await mkdtempDisposable(join(tmpdir(), 'bfd-plugin-test-'));
    expect(await problemsOf(checkPlugin(empty.path))).toMatchObject([
      { code: 'BFD_PLUGIN_FOLDER' },
    ]);
  });
});
