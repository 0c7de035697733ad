// Projects that create-bfd-job writes, outside of the repository with the packed packages, and inside of it. They have
// to pass their own checks as they are.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Ran, runCommand, succeeds } from '../support/commands.ts';
import { emptyFolder, folderWithPackages, repositoryCopy } from '../support/folders.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;

const KINDS = ['empty', 'poll-s3', 'sql', 'fan-out'];

/** Whatever changes what is written: parts left out, lines too long, names too long. */
const VARIANTS: readonly (readonly string[])[] = [
  ...KINDS.map((kind) => [`a-${kind}`, '--kind', kind]),
  ['with-db', '--needs', 'db'],
  ['with-config', '--needs', 'config'],
  ['with-s3', '--needs', 's3'],
  ['with-db-and-config', '--needs', 'db,config'],
  ['with-all', '--needs', 'config,s3,db', '--timezone', 'America/New_York'],
  ['afterwards', '--schedule', 'none', '--depends-on', 'one', '--depends-on', 'another@2'],
  ['after-two', '--depends-on', 'one@>=42', '--depends-on', 'another@^2.1.0', '--needs', 'db'],
  ['every-second', '--schedule', '* * * * * *', '--kind', 'sql', '--depends-on', 'one@1'],
  [
    'a-name-of-forty-characters-that-is-long',
    ...['--kind', 'fan-out', '--timezone', 'America/Argentina/Buenos_Aires'],
    ...['--depends-on', 'another-name-of-forty-characters-at-most@>=1.2.3 <4'],
  ],
];

let folder: Awaited<ReturnType<typeof folderWithPackages>>;
beforeAll(async () => {
  folder = await folderWithPackages();
  for (const variant of VARIANTS) await succeeds(CREATE, [...variant, '--yes'], inFolder());
});
afterAll(() => folder[Symbol.asyncDispose]());

const CREATE = 'create-bfd-job';

/** As npm runs commands: what is installed comes first on PATH. */
function inFolder(cwd = folder.path, modules = folder.path) {
  const bin = path.join(modules, 'node_modules/.bin');
  return { cwd, env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` } };
}

const names = VARIANTS.map(([name = '']) => name);

describe('a project that create-bfd-job writes', () => {
  it('has the types it should', async () => {
    await writeFile(
      path.join(folder.path, 'tsconfig.json'),
      JSON.stringify({
        extends: './a-empty/tsconfig.json',
        include: names.flatMap((name) => [`${name}/src`, `${name}/vitest.config.ts`]),
      }),
    );
    expect(await runCommand('tsc', ['-p', '.'], inFolder())).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
  });

  it('has nothing for its linter and its formatter to say', async () => {
    const ends = await Promise.all(
      names.map((name) =>
        runCommand(
          'biome',
          ['check', '--error-on-warnings', '.'],
          inFolder(path.join(folder.path, name), folder.path),
        ),
      ),
    );
    expect(ends.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  });

  it('builds', async () => {
    const { stdout } = await runCommand('bfd-plugin', ['build', ...names], inFolder());
    expect(stdout.trim().split('\n')).toHaveLength(names.length);
  });

  it('passes its own tests', async () => {
    const tested = IS_DEEP ? names : KINDS.map((kind) => `a-${kind}`);
    await writeFile(
      path.join(folder.path, 'vitest.config.ts'),
      `import { defineConfig } from 'vitest/config';
       export default defineConfig({ test: { include: ['{${tested.join(',')}}/src/*.test.ts'], testTimeout: 120_000 } });`,
    );
    // The evil kit has its own tests; here the short form is about what is written.
    const filter = IS_DEEP ? [] : ['-t', '^(?!.*killed)'];
    const { stdout, stderr, exitCode } = await runCommand('vitest', ['run', ...filter], inFolder());
    expect(`${stdout}${stderr}`).toMatch(/Test Files .*\d+ passed/);
    expect(exitCode).toBe(0);
  });

  it('names what it has, and says what each script does', async () => {
    const { scripts } = JSON.parse(
      await readFile(path.join(folder.path, 'a-empty/package.json'), 'utf8'),
    );
    expect(Object.keys(scripts)).toEqual(['dev', 'test', 'build', 'check']);
    const readme = await readFile(path.join(folder.path, 'a-empty/README.md'), 'utf8');
    for (const script of ['dev', 'check', 'build']) expect(readme).toContain(`npm run ${script}`);
    expect((await readdir(path.join(folder.path, 'a-empty'))).sort()).toEqual([
      '.gitignore',
      'README.md',
      'biome.json',
      'dist',
      'host.config.json',
      'package.json',
      'src',
      'tsconfig.json',
      'vitest.config.ts',
    ]);
  });
});

describe('create-bfd-job', () => {
  it('refuses wrong answers, all at once, and writes nothing', async () => {
    await using empty = await emptyFolder();
    const wrong = [
      'Bad_Name',
      '--kind',
      'x',
      '--schedule',
      'often',
      '--timezone',
      'Mars',
      '--depends-on',
      'A b',
      '--needs',
      'q',
    ];

    const { exitCode, stderr } = await runCommand(
      CREATE,
      [...wrong, '--yes'],
      inFolder(empty.path),
    );

    expect(exitCode).toBe(2);
    expect(stderr).toContain('BFD_CREATE_ANSWERS');
    for (const said of ['Bad_Name', 'x', 'often', 'Mars', 'A b', 'q'])
      expect(stderr).toContain(`"${said}"`);
    expect(stderr).not.toContain('    at ');
    expect(await readdir(empty.path)).toEqual([]);
  });

  it('refuses a folder that is there, and asks nobody where there is no terminal', async () => {
    await using empty = await emptyFolder();
    await mkdir(path.join(empty.path, 'taken'));

    const ends = await Promise.all([
      runCommand(CREATE, ['taken', '--yes'], inFolder(empty.path)),
      runCommand(CREATE, ['free'], inFolder(empty.path)),
      runCommand(CREATE, ['free', '--kinds', 'sql', '--yes'], inFolder(empty.path)),
    ]);

    expect(ends.map(({ exitCode, stderr }) => [exitCode, /BFD_\w+/.exec(stderr)?.[0]])).toEqual([
      [2, 'BFD_CREATE_EXISTS'],
      [2, 'BFD_CREATE_NO_TERMINAL'],
      [2, 'BFD_CREATE_ANSWERS'],
    ]);
    expect(await readdir(empty.path)).toEqual(['taken']);
  });

  it('tells what there is when asked for help', async () => {
    const { stdout } = await runCommand(CREATE, ['--help'], inFolder());
    for (const kind of KINDS) expect(stdout).toContain(kind);
  });
});

describe('inside of the repository', () => {
  it('the project becomes a workspace that passes the checks of the whole', async () => {
    await using copy = await repositoryCopy();
    const at = inFolder(copy.path, copy.path);
    await succeeds(
      CREATE,
      ['inside', '--needs', 'db,s3', '--yes'],
      inFolder(path.join(copy.path, 'plugins'), copy.path),
    );
    const plugin = path.join(copy.path, 'plugins/inside');

    const again: Ran = await runCommand(CREATE, ['ccw-rif-load', '--yes'], at);
    expect([again.exitCode, again.stderr]).toEqual([
      2,
      expect.stringContaining('plugins/ccw has a job ccw-rif-load'),
    ]);

    const tsconfig = JSON.parse(await readFile(path.join(copy.path, 'tsconfig.json'), 'utf8'));
    expect(tsconfig.references).toContainEqual({ path: 'plugins/inside' });
    await succeeds(
      'biome',
      ['check', '--error-on-warnings', 'plugins/inside', 'tsconfig.json'],
      at,
    );
    await succeeds('npm', ['run', 'build'], inFolder(plugin, copy.path));
    if (IS_DEEP) await succeeds('npm', ['test'], inFolder(plugin, copy.path));
    expect(existsSync(path.join(plugin, 'dist/plugin.json'))).toBe(true);
  });
});
