import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jobSource, pluginFolder } from '../test/plugin-folder.ts';

const BIN = fileURLToPath(new URL('../bin/bfd-plugin.cjs', import.meta.url));

interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bfdPlugin(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
    });
  });
}

const notBuilt = (name: string) => ({
  [`${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0" }`,
  [`${name}/src/plugin.ts`]: jobSource().replace('test-job', `${name}-job`),
});

describe('bfd-plugin', () => {
  it('builds what can be built, and tells every problem of the rest without a stack trace', async () => {
    await using folder = await pluginFolder({
      ...notBuilt('one'),
      ...notBuilt('two'),
      'two/src/plugin.ts': 'const a = ;',
      'three/package.json': '{}',
      'notes/idea.txt': '',
      'README.md': '',
    });
    const at = (name: string) => `${folder.path}/${name}`;

    const ended = await bfdPlugin(
      'build',
      ...['one', 'two', 'three', 'notes', 'README.md'].map(at),
    );

    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^one 1\.0\.0 +built, \d+ kB +one-job\n$/);
    expect(ended.stderr).toContain(`${at('two')}: 1 problem\n  src/plugin.ts:1:`);
    expect(ended.stderr).toContain(`${at('three')}: 3 problems\n`);
    expect(ended.stderr).toContain(`${at('notes')}: skipped`);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('leaves a plugin alone that was dropped in already built', async () => {
    await using folder = await pluginFolder({ ...notBuilt('one'), 'dropped/plugin.json': '{}' });
    const ended = await bfdPlugin('build', `${folder.path}/one`, `${folder.path}/dropped`);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('already built') });
  });

  it('says so in JSON', async () => {
    await using folder = await pluginFolder({ ...notBuilt('one'), 'two/package.json': '{}' });
    const [one, two] = [`${folder.path}/one`, `${folder.path}/two`];

    const built = await bfdPlugin('build', '--json', one, two);
    expect(JSON.parse(built.stdout)).toMatchObject({
      plugins: [
        { source: one, result: 'done', folder: `${one}/dist`, isChanged: true },
        { source: two, result: 'failed', problems: [{ code: 'BFD_PLUGIN_PACKAGE' }, {}, {}] },
      ],
    });
    const checked = await bfdPlugin('check', '--json', one);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      plugins: [{ result: 'done', manifest: { name: 'one' } }],
    });
  });

  it('uses what it learned of a bundle before, unless forced', async () => {
    await using folder = await pluginFolder({ ...notBuilt('one'), 'node_modules/.keep': '' });
    const one = `${folder.path}/one`;
    await bfdPlugin('build', one);
    await expect(bfdPlugin('build', one)).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('unchanged'),
    });
    await expect(bfdPlugin('build', '--force', one)).resolves.toMatchObject({ code: 0 });
  });

  it('ends with 2 when it is used badly, and with 1 when there is nothing to build', async () => {
    await expect(bfdPlugin('biuld', 'x')).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean build?'),
    });
    await expect(bfdPlugin('build')).resolves.toMatchObject({ code: 2 });
    await expect(bfdPlugin('build', BIN)).resolves.toMatchObject({ code: 1 });
    await expect(bfdPlugin('check', '/nowhere')).resolves.toMatchObject({ code: 1 });
  });

  it('has examples and exit codes in its help', async () => {
    for (const command of ['build', 'check']) {
      const { code, stdout } = await bfdPlugin(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples:\n {2}\$ bfd-plugin/);
      expect(stdout).toContain('Exit codes:');
    }
  });
});
