import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobManifest, pluginManifestSchema } from '@bfd-host/sdk/runtime';
import { describe, expect, it } from 'vitest';
import { readHostConfig } from '../config/read-host-config.ts';
import type { Catalog, CatalogPlugin, Refusal } from './catalog.ts';
import { planJobs } from './plan-jobs.ts';
import { refusals } from './refusals.ts';

type JobParts = Partial<JobManifest> & { name: string };

function plugin(name: string, jobs: readonly JobParts[], privileges = {}): CatalogPlugin {
  const manifest = pluginManifestSchema.parse({
    manifestVersion: 1,
    name,
    version: '1.0.0',
    apiVersion: 1,
    sdkVersion: '0.1.0',
    entry: 'plugin.js',
    sha256: '0'.repeat(64),
    privileges,
    schemas: [],
    jobs: jobs.map((job) => ({ version: '1.0.0', needs: [], hasItems: false, ...job })),
  });
  const folder = `/plugins/${name}`;
  const shownFolder = `plugins/${name}`;
  const { version, sha256 } = manifest;
  return {
    name,
    version,
    folder,
    shownFolder,
    entryFile: `${folder}/plugin.js`,
    sha256,
    manifest,
    jobs: manifest.jobs,
  };
}

const catalogOf = (plugins: CatalogPlugin[], refused: Refusal[] = []): Catalog => ({
  plugins,
  refused,
  unbuilt: [],
  notices: [],
});

async function plan(catalog: Catalog | readonly JobParts[], file: object = {}) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-plan-'));
  const path = join(folder.path, 'host.config.json');
  await writeFile(path, JSON.stringify(file));
  const whole = 'plugins' in catalog ? catalog : catalogOf([plugin('p', catalog)]);
  const planned = planJobs(whole, await readHostConfig(path, {}));
  return {
    ...planned,
    names: planned.jobs.map(({ name }) => name),
    states: Object.fromEntries(planned.jobs.map(({ name, state }) => [name, state.kind])),
    refusals: refusals(whole, planned.jobs),
    job: (name: string) => planned.jobs.find((job) => job.name === name),
  };
}

describe('the plan of jobs', () => {
  it('takes from the file what it says, from the manifest what it does not, and the usual else', async () => {
    const declared: JobParts = {
      name: 'load',
      schedule: { cron: '0 4 * * *', timezone: 'America/New_York', missed: 'skip' },
      startup: true,
      retries: { limit: 2, delayMs: 50, codes: ['X'] },
      timeout: { softMs: 1000, hardMs: 1500 },
      priority: 5,
    };

    expect((await plan([declared])).job('load')).toMatchObject({
      state: { kind: 'ready' },
      schedule: { cron: '0 4 * * *', timezone: 'America/New_York', jitterMs: 0, missed: 'skip' },
      startup: true,
      runAfter: false,
      retries: { limit: 2, delayMs: 50, maxDelayMs: 300_000, codes: ['X'] },
      timeout: { softMs: 1000, hardMs: 1500 },
      priority: 5,
      fanOut: false,
      config: {},
    });
    const said = {
      schedule: '*/5 * * * *',
      startup: false,
      retries: { limit: 9 },
      timeout: { softMs: 2000 },
      priority: 0,
      runAfter: true,
    };
    expect((await plan([declared], { jobs: { load: said } })).job('load')).toMatchObject({
      schedule: { cron: '*/5 * * * *', timezone: 'America/New_York', missed: 'skip' },
      startup: false,
      runAfter: true,
      retries: { limit: 9, delayMs: 50, codes: ['X'] },
      timeout: { softMs: 2000, hardMs: 32_000 },
      priority: 0,
    });
  });

  it('takes a schedule away where the file says null; the job then runs after its dependencies', async () => {
    const jobs = [{ name: 'a', schedule: { cron: '* * * * *' } }];
    const { job } = await plan(jobs, { jobs: { a: { schedule: null } } });

    expect(job('a')).not.toHaveProperty('schedule');
    expect(job('a')).toMatchObject({ runAfter: true });
  });

  it('leaves out what is disabled in the file, and what only runs when told to', async () => {
    const jobs = [
      { name: 'a' },
      { name: 'b', enabledByDefault: false },
      { name: 'c', enabledByDefault: false },
    ];
    const { job } = await plan(jobs, { jobs: { a: { enabled: false }, c: { enabled: true } } });

    expect(job('a')?.state).toEqual({ kind: 'disabled', because: 'file' });
    expect(job('b')?.state).toEqual({ kind: 'disabled', because: 'manifest' });
    expect(job('c')?.state).toEqual({ kind: 'ready' });
  });

  it('puts a job of higher priority first, and its dependencies before it', async () => {
    const jobs = [
      { name: 'a' },
      { name: 'urgent', dependsOn: [{ job: 'schema' }], priority: 9 },
      { name: 'schema' },
      { name: 'b', priority: 1 },
    ];

    expect((await plan(jobs)).names).toEqual(['b', 'a', 'schema', 'urgent']);
  });

  it('is in order of depth, then name, among jobs of one priority', async () => {
    const jobs = [
      { name: 'z-fix', dependsOn: [{ job: 'load' }], priority: 1 },
      { name: 'a-fix', dependsOn: [{ job: 'load' }] },
      { name: 'c-fix', dependsOn: [{ job: 'load' }] },
      { name: 'load', dependsOn: [{ job: 'schema' }] },
      { name: 'schema' },
      { name: 'alone' },
    ];

    expect((await plan(jobs)).names).toEqual([
      'alone',
      'schema',
      'load',
      'z-fix',
      'a-fix',
      'c-fix',
    ]);
    expect((await plan(jobs.toReversed())).names).toEqual([
      'alone',
      'schema',
      'load',
      'z-fix',
      'a-fix',
      'c-fix',
    ]);
  });
});

describe('names in the file that nobody has', () => {
  it('stop the start, all at once, with the nearest name', async () => {
    const file = {
      jobs: { 'ccw-rif-laod': {}, other: {}, 'ccw-rif-load': { pool: 'db-havy' } },
      plugins: { cww: {} },
      pools: { 'db-heavy': 1 },
    };
    const { problems } = await plan(catalogOf([plugin('ccw', [{ name: 'ccw-rif-load' }])]), file);

    expect(problems).toEqual([
      { at: 'jobs.ccw-rif-laod', problem: 'is no job; did you mean "ccw-rif-load"?' },
      { at: 'jobs.other', problem: 'is no job; there are: ccw-rif-load' },
      { at: 'plugins.cww', problem: 'is no plugin; did you mean "ccw"?' },
      {
        at: 'jobs.ccw-rif-load.pool',
        problem: '"db-havy" is no pool of this file; did you mean "db-heavy"?',
      },
    ]);
  });

  it('are no mistake when their plugin was refused', async () => {
    const refused: Refusal = {
      code: 'BFD_PLUGIN_DIGEST',
      folder: 'plugins/ccw',
      name: 'ccw',
      jobs: ['ccw-rif-load'],
      problem: 'x',
      remedy: 'y',
    };

    const { problems, notices } = await plan(catalogOf([], [refused]), {
      jobs: { 'ccw-rif-load': {} },
      plugins: { ccw: {} },
    });

    expect([problems, notices]).toEqual([[], []]);
  });

  it('are told without stopping the start when a plugin is too broken to name its jobs', async () => {
    const refused: Refusal = {
      code: 'BFD_PLUGIN_MANIFEST',
      folder: 'plugins/ccw',
      problem: 'x',
      remedy: 'y',
    };

    const { problems, notices } = await plan(catalogOf([plugin('p', [{ name: 'a' }])], [refused]), {
      jobs: { 'ccw-rif-load': {}, constructor: {} },
    });

    expect(problems).toEqual([]);
    expect(notices).toEqual([
      {
        at: 'jobs.ccw-rif-load',
        problem: 'is no job of the loaded plugins (not loaded: plugins/ccw)',
      },
      {
        at: 'jobs.constructor',
        problem: 'is no job of the loaded plugins (not loaded: plugins/ccw)',
      },
    ]);
  });
});

describe('a name of a plugin that is not built', () => {
  it('is told without stopping the start', async () => {
    const catalog = { ...catalogOf([plugin('p', [{ name: 'alpha' }])]), unbuilt: ['plugins/ccw'] };
    const { problems, notices } = await plan(catalog, { jobs: { 'ccw-rif-load': {}, alpa: {} } });

    expect(problems).toEqual([]);
    expect(notices).toEqual([
      {
        at: 'jobs.ccw-rif-load',
        problem: 'is no job of the loaded plugins (not loaded: plugins/ccw)',
      },
      {
        at: 'jobs.alpa',
        problem: 'is no job of the loaded plugins (not loaded: plugins/ccw); did you mean "alpha"?',
      },
    ]);
  });
});

describe('a job is refused, and the others run,', () => {
  const configSchema = {
    type: 'object',
    properties: { bucket: { type: 'string' } },
    required: ['bucket'],
    additionalProperties: false,
  };

  it('when its configuration does not fit', async () => {
    const jobs = [{ name: 'load', configSchema }, { name: 'plain' }, { name: 'other' }];
    const file = { jobs: { load: { config: { buckt: 'x' } }, plain: { config: { x: 1 } } } };
    const { states, refusals: told } = await plan(jobs, file);

    expect(states).toEqual({ load: 'refused', plain: 'refused', other: 'ready' });
    expect(told).toEqual([
      { code: 'BFD_JOB_CONFIG', at: 'jobs.load.config.bucket', problem: 'is missing' },
      {
        code: 'BFD_JOB_CONFIG',
        at: 'jobs.load.config.buckt',
        problem: 'is not known; did you mean "bucket"?',
      },
      {
        code: 'BFD_JOB_CONFIG',
        at: 'jobs.plain.config',
        problem: 'is not known: the job takes no configuration',
      },
    ]);
  });

  it('when it needs a configuration and the file has none, unless it is disabled', async () => {
    const jobs = [{ name: 'load', configSchema }];

    expect((await plan(jobs)).states).toEqual({ load: 'refused' });
    expect((await plan(jobs, { jobs: { load: { enabled: false } } })).states).toEqual({
      load: 'disabled',
    });
  });

  it('when its plugin asks for more than is granted, with the line to add', async () => {
    const catalog = catalogOf([
      plugin('ccw', [{ name: 'load' }, { name: 'fix' }], { network: true, read: ['/data'] }),
      plugin('other', [{ name: 'fine' }]),
    ]);
    const { states, refusals: told } = await plan(catalog, {
      plugins: { ccw: { grant: { read: ['/data'] } } },
    });

    expect(states).toEqual({ fine: 'ready', fix: 'refused', load: 'refused' });
    expect(told).toEqual([
      {
        code: 'BFD_PLUGIN_PRIVILEGES',
        at: 'plugins.ccw.grant',
        problem:
          'the plugin asks for network; to allow it, add ' +
          '"plugins": { "ccw": { "grant": { "read": [ "/data" ], "network": true } } }',
      },
    ]);
  });

  it('has the privileges it declares once they are granted, and no more', async () => {
    const catalog = catalogOf([plugin('ccw', [{ name: 'load' }], { network: true })]);
    const grant = { network: true, workers: true };

    expect((await plan(catalog, { plugins: { ccw: { grant } } })).job('load')).toMatchObject({
      state: { kind: 'ready' },
      privileges: { network: true, workers: false },
    });
  });

  it.each<[string, JobParts, object, string, string]>([
    [
      'a schedule without cron',
      { name: 'a' },
      { schedule: { jitterMs: 5 } },
      'jobs.a.schedule.cron',
      'is missing; the plugin declares no schedule to take it from',
    ],
    [
      'a hard timeout alone',
      { name: 'a' },
      { timeout: { hardMs: 5 } },
      'jobs.a.timeout.softMs',
      'is missing; the plugin declares none',
    ],
    [
      'a hard timeout before the soft one',
      { name: 'a', timeout: { softMs: 9 } },
      { timeout: { hardMs: 5 } },
      'jobs.a.timeout.hardMs',
      'expected no less than softMs, 9',
    ],
    [
      'a pool of its manifest that is not there',
      { name: 'a', pool: 'db-heavy' },
      {},
      'jobs.a',
      'runs in the pool "db-heavy"; add it: "pools": { "db-heavy": 1 }',
    ],
    [
      'fan-out without items',
      { name: 'a' },
      { fanOut: true },
      'jobs.a.fanOut',
      'expected false: the job has no forItem, so there is nothing to spread',
    ],
  ])('for %s', async (_, job, said, at, problem) => {
    const { states, refusals: told } = await plan([job, { name: 'b' }], { jobs: { a: said } });

    expect(states).toEqual({ a: 'refused', b: 'ready' });
    expect(told).toEqual([{ code: 'BFD_JOB_SETTINGS', at, problem }]);
  });
});

describe('a dependency', () => {
  const dependency = (at: string, problem: string) => ({
    code: 'BFD_JOB_DEPENDENCY',
    at: `jobs.${at}`,
    problem,
  });

  it('in a circle refuses all on it, with the way round, and those behind it', async () => {
    const jobs = [
      { name: 'a', dependsOn: [{ job: 'b' }] },
      { name: 'b', dependsOn: [{ job: 'c' }] },
      { name: 'c', dependsOn: [{ job: 'a' }] },
      { name: 'd', dependsOn: [{ job: 'c' }] },
      { name: 'e' },
    ];
    const { states, refusals: told } = await plan(jobs);

    expect(states).toEqual({ a: 'refused', b: 'refused', c: 'refused', d: 'refused', e: 'ready' });
    expect(told).toEqual([
      dependency('a', 'depends on itself: a → b → c → a'),
      dependency('b', 'depends on itself: b → c → a → b'),
      dependency('c', 'depends on itself: c → a → b → c'),
      dependency('d', 'depends on "c", which is refused'),
    ]);
  });

  it('is no circle where one of its jobs is disabled', async () => {
    const jobs = [
      { name: 'a', dependsOn: [{ job: 'b', optional: true }] },
      { name: 'b', dependsOn: [{ job: 'a' }] },
    ];

    expect((await plan(jobs, { jobs: { b: { enabled: false } } })).states).toEqual({
      a: 'ready',
      b: 'disabled',
    });
  });

  it('that is unknown, disabled, refused or not loaded refuses the job, and the next one', async () => {
    const jobs = [
      { name: 'load', dependsOn: [{ job: 'shema' }] },
      { name: 'fix', dependsOn: [{ job: 'load' }] },
      { name: 'off', enabledByDefault: false },
      { name: 'after-off', dependsOn: [{ job: 'off' }] },
      { name: 'after-broken', dependsOn: [{ job: 'broken-job' }] },
      { name: 'schema' },
    ];
    const refused: Refusal = {
      code: 'BFD_PLUGIN_DIGEST',
      folder: 'plugins/broken',
      name: 'broken',
      jobs: ['broken-job'],
      problem: 'x',
      remedy: 'y.',
    };
    const { states, refusals: told } = await plan(catalogOf([plugin('p', jobs)], [refused]));

    expect(states).toMatchObject({ schema: 'ready', off: 'disabled' });
    expect(told.slice(1)).toEqual([
      dependency('after-broken', 'depends on "broken-job" of plugins/broken, which was not loaded'),
      dependency('load', 'depends on "shema", which no plugin here has; did you mean "schema"?'),
      dependency(
        'after-off',
        'depends on "off", which is disabled; to enable it, set "jobs": { "off": { "enabled": true } }',
      ),
      dependency('fix', 'depends on "load", which is refused'),
    ]);
  });

  it('that is optional is passed over where its job does not run here', async () => {
    const jobs = [
      {
        name: 'a',
        dependsOn: ['gone', 'off', 'bad', 'here'].map((job) => ({ job, optional: true })),
      },
      { name: 'off', enabledByDefault: false },
      { name: 'bad', pool: 'none' },
      { name: 'here' },
    ];
    const { job } = await plan(jobs);

    expect(job('a')?.state).toEqual({ kind: 'ready' });
    expect(job('a')?.dependsOn.filter(({ isPresent }) => isPresent)).toEqual([
      { job: 'here', isOptional: true, rerunOnVersionChange: false, isPresent: true },
    ]);
  });
});
