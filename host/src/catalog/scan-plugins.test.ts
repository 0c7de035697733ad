import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtempDisposable, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PLUGIN_API_VERSION } from '@bfd-host/sdk/runtime';
import { describe, expect, it } from 'vitest';
import { describeRefusal } from './catalog.ts';
import { scanPlugins } from './scan-plugins.ts';

const BUNDLE = 'export default {};\n';
type Members = Record<string, unknown>;

const jobOf = (name: string, members: Members = {}): Members => ({
  name,
  version: '1.0.0',
  needs: [],
  hasItems: false,
  ...members,
});

const manifestOf = (name: string, members: Members = {}): Members => ({
  manifestVersion: 1,
  name,
  version: '1.0.0',
  apiVersion: PLUGIN_API_VERSION,
  sdkVersion: '0.1.0',
  entry: 'plugin.js',
  sha256: createHash('sha256').update(BUNDLE).digest('hex'),
  privileges: {},
  schemas: [],
  jobs: [jobOf(`${name}-job`)],
  ...members,
});

interface PluginsFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes `path/folder/plugin.json` and its bundle; `manifest` may be any text. */
  add(folder: string, manifest?: Members | string): Promise<string>;
}

async function pluginsFolder(): Promise<PluginsFolder> {
  const temp = await mkdtempDisposable(join(tmpdir(), 'bfd-catalog-'));
  const path = join(temp.path, 'plugins');
  await mkdir(path);
  return {
    path,
    [Symbol.asyncDispose]: () => temp.remove(),
    async add(name, manifest = manifestOf(name)) {
      const folder = join(path, name);
      await mkdir(folder, { recursive: true });
      const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
      await writeFile(join(folder, 'plugin.json'), text);
      await writeFile(join(folder, 'plugin.js'), BUNDLE);
      return folder;
    },
  };
}

/** The one refusal among a broken plugin and a sound one, which must be there all the same. */
async function refusalOf(break_: (plugins: PluginsFolder) => Promise<unknown>) {
  await using plugins = await pluginsFolder();
  await plugins.add('sound');
  await break_(plugins);
  const catalog = await scanPlugins(plugins.path);
  expect(catalog.plugins.map(({ name }) => name)).toEqual(['sound']);
  expect(catalog.refused).toHaveLength(1);
  const [refusal] = catalog.refused;
  if (!refusal) throw new Error('nothing was refused');
  return refusal;
}

describe('scanning the plugins folder', () => {
  it('finds dropped-in plugins and built ones, by name', async () => {
    await using plugins = await pluginsFolder();
    await plugins.add('dropped');
    await plugins.add('built/dist', manifestOf('built'));
    await mkdir(join(plugins.path, '.cache'));
    await writeFile(join(plugins.path, 'README.md'), 'x');

    const catalog = await scanPlugins(plugins.path);

    expect(catalog).toMatchObject({ refused: [], notices: [] });
    expect(catalog.plugins).toMatchObject([
      {
        name: 'built',
        folder: join(plugins.path, 'built/dist'),
        shownFolder: 'plugins/built/dist',
        entryFile: join(plugins.path, 'built/dist/plugin.js'),
        jobs: [{ name: 'built-job' }],
      },
      { name: 'dropped', shownFolder: 'plugins/dropped' },
    ]);
  });

  it('runs no plugin code', async () => {
    await using plugins = await pluginsFolder();
    const folder = await plugins.add('evil');
    const bundle = `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(join(plugins.path, 'ran'))}, '');`;
    await writeFile(join(folder, 'plugin.js'), bundle);
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    await plugins.add('evil', manifestOf('evil', { sha256 }));
    await writeFile(join(folder, 'plugin.js'), bundle);

    expect((await scanPlugins(plugins.path)).plugins).toHaveLength(1);
    await expect(rm(join(plugins.path, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says which folder is no plugin, or none yet', async () => {
    await using plugins = await pluginsFolder();
    await mkdir(join(plugins.path, 'new'));
    await mkdir(join(plugins.path, 'notes'));
    await writeFile(join(plugins.path, 'new/package.json'), '{}');

    expect(await scanPlugins(plugins.path)).toMatchObject({
      refused: [],
      unbuilt: ['plugins/new'],
      notices: [
        {
          at: 'plugins/new',
          problem: 'holds no plugin.json; build it: bfd-plugin build plugins/new',
        },
        { at: 'plugins/notes', problem: 'holds no plugin.json' },
      ],
    });
  });

  it('takes what was dropped in before what was built, and says so', async () => {
    await using plugins = await pluginsFolder();
    await plugins.add('both', manifestOf('both', { version: '2.0.0' }));
    await plugins.add('both/dist', manifestOf('both'));

    const catalog = await scanPlugins(plugins.path);

    expect(catalog.plugins).toMatchObject([{ name: 'both', version: '2.0.0' }]);
    expect(catalog.notices).toEqual([
      { at: 'plugins/both', problem: 'plugin.json is used, dist/plugin.json is not; remove one' },
    ]);
  });

  it('follows a link to the plugins folder itself', async () => {
    await using plugins = await pluginsFolder();
    await plugins.add('a');
    const link = join(dirname(plugins.path), 'current');
    await symlink(plugins.path, link);

    expect((await scanPlugins(link)).plugins).toMatchObject([{ folder: join(plugins.path, 'a') }]);
  });

  it('finds no plugins where there is no such folder, and says so', async () => {
    const { plugins, refused } = await scanPlugins('/nowhere/plugins');

    expect(plugins).toEqual([]);
    expect(refused.map(describeRefusal)).toEqual([
      {
        code: 'BFD_PLUGINS_FOLDER',
        at: 'plugins',
        problem:
          'was not loaded: the folder of all plugins, "/nowhere/plugins", is not there. ' +
          'Name the right one as "pluginsFolder" in host.config.json.',
      },
    ]);
  });
});

describe('a broken plugin is refused alone:', () => {
  const manifestRemedy =
    'Build the plugin again with bfd-plugin build; the manifest is not written by hand.';

  it.each<[string, Members | string, string]>([
    ['no JSON', '{"name": x}', 'plugin.json is not JSON: line 1, column 10: expected a value'],
    [
      'cut off',
      '{"name": "bad", ',
      'plugin.json is not JSON: line 1, column 17: expected a name in double quotes, found the end of the file',
    ],
    ['no object', '[]', 'plugin.json: the whole: expected object, received array'],
    [
      'a member twice',
      '{"name": "a", "name": "b"}',
      'plugin.json: name is given twice, in lines 1 and 1; keep one of them',
    ],
    [
      'no jobs',
      manifestOf('bad', { jobs: [] }),
      'plugin.json: jobs: Too small: expected array to have >=1 items',
    ],
    ['unknown members', manifestOf('bad', { extra: 1 }), 'plugin.json: extra is not known'],
    [
      'a name that is none',
      manifestOf('Bad Name', { jobs: [jobOf('a')] }),
      'plugin.json: name: expected lower-case words joined by dashes, such as "my-job"',
    ],
    [
      'an entry elsewhere',
      manifestOf('bad', { entry: '../../x.js' }),
      'plugin.json: entry: expected a file name, without folders',
    ],
    [
      'missing members',
      { manifestVersion: 1, apiVersion: 1 },
      'plugin.json: name: expected string; version: expected string; sdkVersion: expected string; entry: expected string; sha256: expected string; privileges: expected object; schemas: expected array; jobs: expected array',
    ],
    [
      'one job twice',
      manifestOf('bad', { jobs: [jobOf('a'), jobOf('a')] }),
      'plugin.json declares the job "a" twice',
    ],
    ['a huge manifest', `"${'x'.repeat(1024 * 1024)}"`, 'plugin.json is larger than 1048576 bytes'],
    [
      'nested without end',
      '['.repeat(100_000),
      'plugin.json is not JSON: line 1, column 66: expected no more than 64 levels',
    ],
  ])('%s', async (_, manifest, problem) => {
    expect(await refusalOf((plugins) => plugins.add('bad', manifest))).toMatchObject({
      code: 'BFD_PLUGIN_MANIFEST',
      folder: 'plugins/bad',
      problem,
      remedy: manifestRemedy,
    });
  });

  it('changed after it was built', async () => {
    const refusal = await refusalOf(async (plugins) => {
      const folder = await plugins.add('bad');
      await writeFile(join(folder, 'plugin.js'), `${BUNDLE}// changed\n`);
    });

    expect(describeRefusal(refusal)).toEqual({
      code: 'BFD_PLUGIN_DIGEST',
      at: 'plugins/bad',
      problem:
        'was not loaded: plugin.js is not the file its manifest was made for: it was changed or copied in ' +
        "part. Copy the plugin's folder again, whole, or build it again.",
    });
    expect(refusal).toMatchObject({ name: 'bad', jobs: ['bad-job'] });
  });

  it('built for a newer plugin API, whatever else its manifest holds', async () => {
    const manifest = { ...manifestOf('bad'), apiVersion: 2, invented: true };

    expect(await refusalOf((plugins) => plugins.add('bad/dist', manifest))).toMatchObject({
      code: 'BFD_PLUGIN_API_VERSION',
      name: 'bad',
      jobs: ['bad-job'],
      problem: 'it was built for plugin API 2, and this host speaks 1',
      remedy:
        'Update this host, or build the plugin with the SDK of this host, 0.1.0 (bfd-plugin build plugins/bad).',
    });
  });

  it('built for an older plugin API', async () => {
    const manifest = manifestOf('bad', { apiVersion: 0 });

    expect(await refusalOf((plugins) => plugins.add('bad', manifest))).toMatchObject({
      code: 'BFD_PLUGIN_API_VERSION',
      remedy:
        'Build the plugin again with the SDK of this host, 0.1.0 (bfd-plugin build plugins/bad).',
    });
  });

  it('without its bundle', async () => {
    expect(
      await refusalOf(async (plugins) => rm(join(await plugins.add('bad'), 'plugin.js'))),
    ).toMatchObject({
      code: 'BFD_PLUGIN_ENTRY',
      problem: 'plugin.js, which plugin.json names, is not there',
    });
  });

  it('with a folder for a bundle', async () => {
    const refusal = await refusalOf(async (plugins) => {
      const folder = await plugins.add('bad');
      await rm(join(folder, 'plugin.js'));
      await mkdir(join(folder, 'plugin.js'));
    });

    expect(refusal).toMatchObject({ code: 'BFD_PLUGIN_ENTRY', problem: 'plugin.js is a folder' });
  });

  it('whose bundle is larger than any bundle', async () => {
    const refusal = await refusalOf(async (plugins) => {
      const folder = await plugins.add('bad');
      execFileSync('truncate', ['-s', '65M', join(folder, 'plugin.js')]);
    });

    expect(refusal).toMatchObject({
      code: 'BFD_PLUGIN_ENTRY',
      problem: 'plugin.js is larger than 67108864 bytes',
    });
  });

  it.each([
    [
      'a link for a folder',
      'it is a symbolic link',
      async (path: string) => symlink(path, join(path, '../bad')),
    ],
    [
      'a link for dist',
      '"dist" is a symbolic link',
      async (path: string) => {
        await mkdir(join(path, '../bad'));
        await symlink(path, join(path, '../bad/dist'));
      },
    ],
    [
      'a link for a manifest',
      '"plugin.json" is a symbolic link',
      async (path: string) => {
        await mkdir(join(path, '../bad'));
        await symlink(join(path, 'plugin.json'), join(path, '../bad/plugin.json'));
      },
    ],
    [
      'a link deep inside',
      '"data/etc" is a symbolic link',
      async (path: string) => {
        await cp(path, join(path, '../bad'), { recursive: true });
        await mkdir(join(path, '../bad/data'));
        await symlink('/etc', join(path, '../bad/data/etc'));
      },
    ],
  ])('%s', async (_, problem, link) => {
    const refusal = await refusalOf(({ path }) => link(join(path, 'sound')));

    expect(refusal).toMatchObject({ code: 'BFD_PLUGIN_SYMLINK', folder: 'plugins/bad', problem });
  });

  it('a pipe that nobody writes to, in place of the manifest', async () => {
    const refusal = await refusalOf(async ({ path }) => {
      await mkdir(join(path, 'bad'));
      execFileSync('mkfifo', [join(path, 'bad/plugin.json')]);
    });

    expect(refusal).toMatchObject({
      code: 'BFD_PLUGIN_FILES',
      problem: '"plugin.json" is no ordinary file',
    });
  });

  it('more files than a build makes', async () => {
    const refusal = await refusalOf(async (plugins) => {
      const folder = await plugins.add('bad');
      await Promise.all(
        Array.from({ length: 2000 }, (_, n) => writeFile(join(folder, `${n}`), '')),
      );
    });

    expect(refusal).toMatchObject({
      code: 'BFD_PLUGIN_FILES',
      problem: 'it holds more than 2000 files',
    });
  });

  it.skipIf(process.getuid?.() === 0)('unreadable (as root nothing is)', async () => {
    const refusal = await refusalOf(async (plugins) => {
      await chmod(join(await plugins.add('bad'), 'plugin.js'), 0);
    });

    expect(refusal).toMatchObject({
      code: 'BFD_PLUGIN_UNREADABLE',
      problem: 'it cannot be read (EACCES)',
    });
  });
});

describe('a broken job is refused without its plugin:', () => {
  const cron = 'expected a cron expression such as "0 4 * * *" (six fields: seconds first)';

  it.each<[Members, string]>([
    [{ schedule: { cron: 'every day' } }, `schedule.cron: ${cron}, found "every day"`],
    [
      { schedule: { cron: '* * * * *', timezone: 'EST5' } },
      'schedule.timezone: expected an IANA time zone such as "America/New_York", found "EST5"',
    ],
    [
      { schedule: { cron: '* * * * *', jitterMs: 1e12 } },
      'schedule.jitterMs: expected at most 2073600000 ms, 24 days',
    ],
    [{ timeout: { softMs: 3e9 } }, 'timeout.softMs: expected at most 2073600000 ms, 24 days'],
    [{ timeout: { softMs: 10, hardMs: 5 } }, 'timeout.hardMs: expected no less than softMs'],
    [
      { retries: { limit: 1, delayMs: 3e9 } },
      'retries.delayMs: expected at most 2073600000 ms, 24 days',
    ],
    [
      {
        dependsOn: [
          { job: 'sound-job', version: 'newest' },
          { job: 'bad-job' },
          { job: 'sound-job' },
        ],
      },
      'dependsOn sound-job: expected a version range such as ">=42", found "newest"; ' +
        'dependsOn: the job depends on itself; dependsOn: sound-job is named twice',
    ],
  ])('%j', async (members, problem) => {
    await using plugins = await pluginsFolder();
    await plugins.add(
      'mixed',
      manifestOf('mixed', { jobs: [jobOf('good-job'), jobOf('bad-job', members)] }),
    );

    const catalog = await scanPlugins(plugins.path);

    expect(catalog.plugins).toMatchObject([{ name: 'mixed', jobs: [{ name: 'good-job' }] }]);
    expect(catalog.refused).toEqual([
      {
        code: 'BFD_PLUGIN_MANIFEST',
        folder: 'plugins/mixed',
        name: 'mixed',
        job: 'bad-job',
        jobs: ['good-job', 'bad-job'],
        problem,
        remedy: "Mend the job's @Job(...) and build it again (bfd-plugin build plugins/mixed).",
      },
    ]);
  });
});

describe('of two with one name neither runs:', () => {
  it('plugins', async () => {
    await using plugins = await pluginsFolder();
    await plugins.add('one', manifestOf('twin'));
    await plugins.add('two/dist', manifestOf('twin'));
    await plugins.add('sound');

    const catalog = await scanPlugins(plugins.path);

    expect(catalog.plugins.map(({ name }) => name)).toEqual(['sound']);
    expect(catalog.refused.map(describeRefusal)).toEqual([
      {
        code: 'BFD_PLUGIN_DUPLICATE',
        at: 'plugins/one',
        problem:
          'was not loaded: plugins/two/dist is also called "twin". Neither runs: remove one of the folders and restart.',
      },
      {
        code: 'BFD_PLUGIN_DUPLICATE',
        at: 'plugins/two/dist',
        problem:
          'was not loaded: plugins/one is also called "twin". Neither runs: remove one of the folders and restart.',
      },
    ]);
  });

  it('jobs, while the other jobs of both plugins do', async () => {
    await using plugins = await pluginsFolder();
    await plugins.add('one', manifestOf('one', { jobs: [jobOf('load'), jobOf('first')] }));
    await plugins.add('two', manifestOf('two', { jobs: [jobOf('second'), jobOf('load')] }));

    const catalog = await scanPlugins(plugins.path);

    expect(catalog.plugins.map(({ jobs }) => jobs.map(({ name }) => name))).toEqual([
      ['first'],
      ['second'],
    ]);
    expect(catalog.refused.map(describeRefusal)).toMatchObject([
      {
        at: 'plugins/one',
        problem: expect.stringContaining(
          'job "load" was not loaded: plugins/two also declares a job "load"',
        ),
      },
      {
        at: 'plugins/two',
        problem: expect.stringContaining('plugins/one also declares a job "load"'),
      },
    ]);
  });
});
