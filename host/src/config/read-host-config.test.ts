// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../errors.ts';
import { ConfigError } from './config-error.ts';
import { pluginSettings, readHostConfig, readHostConfigLeniently } from './read-host-config.ts';

async function withFile<T>(
  text: string,
  use: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-config-'));
  const path = join(folder.path, 'host.config.json');
  await writeFile(path, text);
  return await use(path, folder.path);
}

const read = (value: unknown, env: NodeJS.ProcessEnv = {}) =>
  withFile(JSON.stringify(value), (path) => readHostConfig(path, env));

async function problemsOf(text: string, env: NodeJS.ProcessEnv = {}): Promise<readonly Problem[]> {
  const error: unknown = await withFile(text, (path) => readHostConfig(path, env)).catch((e) => e);
  if (error instanceof ConfigError) return error.problems;
  throw error instanceof Error ? error : new Error('accepted');
}

describe('reading host.config.json', () => {
  it('fills an empty file with what is usual', async () => {
    await withFile('{}', async (path, folder) => {
      expect(await readHostConfig(path, {})).toEqual({
        file: path,
        mode: 'development',
        database: { kind: 'embedded', poolSize: 10 },
        s3: { kind: 'embedded' },
        stateFolder: join(folder, '.bfd'),
        pluginsFolder: join(folder, 'plugins'),
        concurrency: 1,
        pools: {},
        retention: { runsDays: 90 },
        http: { host: '127.0.0.1', isLoopback: true, names: [], trustedProxies: [] },
        jobs: {},
        plugins: {},
        secretPaths: [],
        telemetry: {},
      });
    });
  });

  it('takes all that the schema names', async () => {
    const config = await read(
      {
        $schema: './host/host.config.schema.json',
        mode: 'production',
        database: { url: 'postgres://u@h/d', directUrl: 'postgres://u@h:6/d', poolSize: 20 },
        s3: { endpoint: 'http://127.0.0.1:9000', accessKeyId: 'id', secretAccessKey: '${env:KEY}' },
        concurrency: 4,
        pools: { 'db-heavy': 1 },
        stopGraceMs: 5000,
        retention: { runsDays: 7 },
        jobs: {
          a: {
            schedule: '*/5 * * * *',
            config: { deep: [{ x: '${env:KEY}' }] },
            timeout: { softMs: 9 },
          },
          b: {
            schedule: null,
            enabled: false,
            retries: { limit: 2, codes: ['X'] },
            pool: 'db-heavy',
          },
          c: {
            schedule: { timezone: 'UTC', jitterMs: 5, missed: 'skip' },
            fanOut: true,
            priority: -1,
          },
        },
        plugins: {
          ccw: { memoryMb: 1024, database: { url: 'postgresql://h/d' }, grant: { network: true } },
        },
      },
      { KEY: 'k3y' },
    );

    expect(config).toMatchObject({
      mode: 'production',
      database: {
        kind: 'external',
        from: 'file',
        url: 'postgres://u@h/d',
        directUrl: 'postgres://u@h:6/d',
      },
      s3: {
        kind: 'external',
        forcePathStyle: true,
        credentials: { kind: 'static', accessKeyId: 'id', secretAccessKey: 'k3y' },
      },
      jobs: {
        a: { schedule: { cron: '*/5 * * * *' }, config: { deep: [{ x: 'k3y' }] }, fanOut: false },
        b: { schedule: null, enabled: false },
        c: { schedule: { timezone: 'UTC' }, fanOut: true },
      },
      plugins: { ccw: { memoryMb: 1024, rssMb: 2048, connections: 4, grant: { network: true } } },
      secretPaths: ['s3.secretAccessKey', 'jobs.a.config.deep[0].x'],
    });
  });

  it('gives something that nobody can change', async () => {
    const config = await read({ jobs: { a: { config: { list: [1] } } } });

    expect(() => Object.assign(config, { concurrency: 9 })).toThrow(TypeError);
    expect(() => Object.assign(config.jobs['a']?.config?.['list'] ?? {}, [2])).toThrow(TypeError);
  });

  it('finds no inherited member under the name of a job or plugin', async () => {
    const config = await read({});

    expect(config.jobs['constructor']).toBeUndefined();
    expect(pluginSettings(config, 'toString').memoryMb).toBe(512);
  });

  it('is in production mode when the database is not its own, unless told otherwise', async () => {
    expect((await read({ database: 'postgres://h/d' })).mode).toBe('production');
    expect((await read({ database: 'postgres://h/d', mode: 'development' })).mode).toBe(
      'development',
    );
  });

  it('puts folders beside the file', async () => {
    const { stateFolder, pluginsFolder, file } = await read({
      stateFolder: '/var/x',
      pluginsFolder: 'p',
    });

    expect(stateFolder).toBe('/var/x');
    expect(pluginsFolder).toBe(join(file, '..', 'p'));
  });
});

describe("a plugin's own S3", () => {
  const keys = { accessKeyId: 'own', secretAccessKey: 'key' };
  const own = { kind: 'static', ...keys };

  it('is what the host has, with other keys', async () => {
    const s3 = { endpoint: 'http://s3', region: 'x-1', accessKeyId: 'a', secretAccessKey: 'b' };
    const { plugins } = await read({
      s3,
      plugins: { p: { s3: keys }, q: { s3: { region: 'y-1' } } },
    });

    expect(plugins['p']?.s3).toMatchObject({
      endpoint: 'http://s3',
      region: 'x-1',
      credentials: own,
    });
    expect(plugins['q']?.s3).toMatchObject({ region: 'y-1', credentials: { accessKeyId: 'a' } });
  });

  it('is AWS where the host has an embedded one and it names no endpoint', async () => {
    const { plugins } = await read({ plugins: { p: { s3: keys } } });

    expect(plugins['p']?.s3).toEqual({
      kind: 'external',
      from: 'file',
      forcePathStyle: false,
      credentials: own,
    });
  });
});

describe('the environment', () => {
  const url = 'postgres://me:pw@db:5432/bfd';

  it('names the database, whatever the file says', async () => {
    const external = { kind: 'external', from: 'environment', url, directUrl: url, poolSize: 10 };
    const env = { BFD_DATABASE_URL: url };

    expect((await read({ database: 'embedded' }, env)).database).toEqual(external);
    expect((await read({ database: '${env:NOT_SET}' }, env)).database).toEqual(external);
    const database = {
      url: 'postgres://other/db',
      directUrl: 'postgres://other/direct',
      poolSize: 3,
    };
    expect((await read({ database }, env)).database).toEqual({ ...external, poolSize: 3 });
    const odd = 'postgres://me:a${env:b}c@db/bfd';
    expect((await read({}, { BFD_DATABASE_URL: odd })).database).toMatchObject({ url: odd });
  });

  it('names S3 when it has an endpoint', async () => {
    const env = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1' };

    expect((await read({}, env)).s3).toEqual({
      kind: 'external',
      from: 'environment',
      endpoint: 'http://127.0.0.1:1',
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { kind: 'aws-default-chain' },
    });
  });

  it('names S3 when it holds credentials', async () => {
    expect((await read({}, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' })).s3).toEqual({
      kind: 'external',
      from: 'environment',
      forcePathStyle: false,
      credentials: { kind: 'aws-default-chain' },
    });
  });

  it('leaves the embedded S3 alone when it holds a region or profile only', async () => {
    expect((await read({}, { AWS_REGION: 'us-east-1', AWS_PROFILE: 'me' })).s3.kind).toBe(
      'embedded',
    );
  });

  it('fills up what the file leaves out of S3, and nothing else', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://env', AWS_DEFAULT_REGION: 'env-1' };

    expect((await read({ s3: 'aws' }, env)).s3).toMatchObject({
      endpoint: 'http://env',
      region: 'env-1',
    });
    expect((await read({ s3: { region: 'file-1' } }, env)).s3).toMatchObject({ region: 'file-1' });
    expect((await read({ s3: { endpoint: 'http://file' } }, env)).s3).toMatchObject({
      from: 'file',
      endpoint: 'http://file',
    });
  });

  it('counts as unset where it is empty', async () => {
    const { database, s3 } = await read({}, { BFD_DATABASE_URL: '', AWS_ENDPOINT_URL_S3: '' });

    expect([database.kind, s3.kind]).toEqual(['embedded', 'embedded']);
  });
});

describe('a mistake in host.config.json', () => {
  const database =
    'expected "embedded", a URL such as "postgres://user:password@host:5432/name", or an object';
  const url = 'expected a URL such as "postgres://user:password@host:5432/name"';
  const cron = 'expected a cron expression such as "0 4 * * *" (six fields: seconds first)';

  it.each<[unknown, string, string]>([
    [[], '', 'expected an object, found a list'],
    ['embedded', '', 'expected an object, found "embedded"'],
    [{ concurency: 2 }, 'concurency', 'is not known; did you mean "concurrency"?'],
    [{ jbos: {} }, 'jbos', 'is not known; did you mean "jobs"?'],
    [{ concurrency: 0 }, 'concurrency', 'expected a whole number from 1 to 1000, found 0'],
    [{ concurrency: 1.5 }, 'concurrency', 'expected a whole number from 1 to 1000, found 1.5'],
    [{ concurrency: '4' }, 'concurrency', 'expected a whole number from 1 to 1000, found "4"'],
    [{ mode: 'prod' }, 'mode', 'expected "development" or "production", found "prod"'],
    [
      { mode: '1EG4-TE5-MK73' },
      'mode',
      'expected "development" or "production", found another text',
    ],
    [
      { concurrency: 9_991_831_999 },
      'concurrency',
      'expected a whole number from 1 to 1000, found another number',
    ],
    [
      { mode: 'Production' },
      'mode',
      'expected "development" or "production", found "Production"; did you mean "production"?',
    ],
    [
      { database: 'embeded' },
      'database',
      `${database}, found another text; did you mean "embedded"?`,
    ],
    [{ database: 'mysql://root:pw@h/d' }, 'database', `${database}, found another text`],
    [{ database: 5 }, 'database', `${database}, found 5`],
    [{ database: null }, 'database', `${database}, found null`],
    [{ database: {} }, 'database.url', `is missing; ${url}`],
    [{ database: { url: 'h:5432' } }, 'database.url', `${url}, found another text`],
    [
      { database: { url: 'postgres://h/d', poolsize: 3 } },
      'database.poolsize',
      'is not known; did you mean "poolSize"?',
    ],
    [
      { s3: 'embeded' },
      's3',
      'expected "embedded", "aws" or an object, found another text; did you mean "embedded"?',
    ],
    [
      { s3: { endpoint: 'ftp://h' } },
      's3.endpoint',
      'expected an http or https URL, found another text',
    ],
    [
      { s3: { endpoint: 'http://id:key@h' } },
      's3.endpoint',
      'expected a URL without a name and password; they go into accessKeyId and secretAccessKey, found another text',
    ],
    [{ s3: { accessKeyId: 'x' } }, 's3.secretAccessKey', 'is missing; expected beside accessKeyId'],
    [
      { s3: { secretAccessKey: 'x' } },
      's3.accessKeyId',
      'is missing; expected beside secretAccessKey',
    ],
    [{ stateFolder: '' }, 'stateFolder', 'expected a folder, found an empty text'],
    [{ pluginsFolder: 3 }, 'pluginsFolder', 'expected a folder, found 3'],
    [{ pools: { heavy: 0 } }, 'pools.heavy', 'expected a whole number from 1 to 1000, found 0'],
    [{ pools: [] }, 'pools', 'expected an object, found a list'],
    [
      { stopGraceMs: -1 },
      'stopGraceMs',
      'expected a whole number from 0 to 3600000 (milliseconds), found -1',
    ],
    [
      { retention: { runsDays: 0 } },
      'retention.runsDays',
      'expected a whole number from 1 to 36500 (days), found 0',
    ],
    [{ jobs: { a: false } }, 'jobs.a', 'expected an object, found false'],
    [{ jobs: { a: { enabled: 'no' } } }, 'jobs.a.enabled', 'expected true or false, found "no"'],
    [{ jobs: { a: { shedule: '' } } }, 'jobs.a.shedule', 'is not known; did you mean "schedule"?'],
    [{ jobs: { a: { schedule: 'every day' } } }, 'jobs.a.schedule', `${cron}, found "every day"`],
    [
      { jobs: { a: { schedule: '61 * * * *' } } },
      'jobs.a.schedule',
      `${cron}; wrong here: minute, found "61 * * * *"`,
    ],
    [
      { jobs: { a: { schedule: true } } },
      'jobs.a.schedule',
      'expected a cron expression, an object or null, found true',
    ],
    [
      { jobs: { a: { schedule: { cron: '* * * * *', timezone: 'Mars/North' } } } },
      'jobs.a.schedule.timezone',
      'expected an IANA time zone such as "America/New_York", found "Mars/North"',
    ],
    [
      { jobs: { a: { schedule: { cron: '* * * * *', missed: 'all' } } } },
      'jobs.a.schedule.missed',
      'expected "skip" or "latest", found "all"',
    ],
    [
      { jobs: { a: { schedule: { cron: '* * * * *', jitterMs: 1e9 } } } },
      'jobs.a.schedule.jitterMs',
      'expected a whole number from 0 to 86400000 (milliseconds), found 1000000000',
    ],
    [{ jobs: { a: { config: 'x' } } }, 'jobs.a.config', 'expected an object, found "x"'],
    [{ jobs: { a: { retries: 3 } } }, 'jobs.a.retries', 'expected an object, found 3'],
    [
      { jobs: { a: { retries: { codes: [1] } } } },
      'jobs.a.retries.codes[0]',
      'expected an error code, found 1',
    ],
    [
      { jobs: { a: { timeout: { softMs: 2_147_483_648 } } } },
      'jobs.a.timeout.softMs',
      'expected a whole number from 1 to 2073600000 (milliseconds), found 2147483648',
    ],
    [
      { jobs: { 'a b': { pool: '' } } },
      'jobs["a b"].pool',
      'expected the name of a pool, found an empty text',
    ],
    [
      { mode: 'production', jobs: { a: { debugOutput: true } } },
      'jobs.a.debugOutput',
      'expected false, since console output may hold data of people and the mode is "production"',
    ],
    [
      { plugins: { p: { memoryMb: 8 } } },
      'plugins.p.memoryMb',
      'expected a whole number from 32 to 65536 (MiB), found 8',
    ],
    [
      { plugins: { p: { memoryMb: 512, rssMb: 256 } } },
      'plugins.p.rssMb',
      'expected at least memoryMb, which is 512, found 256',
    ],
    [
      { plugins: { p: { memoryMB: 512 } } },
      'plugins.p.memoryMB',
      'is not known; did you mean "memoryMb"?',
    ],
    [
      { plugins: { p: { nice: 20 } } },
      'plugins.p.nice',
      'expected a whole number from 0 to 19, found 20',
    ],
    [
      { plugins: { p: { database: 'x' } } },
      'plugins.p.database',
      'expected an object, found another text',
    ],
    [
      { plugins: { p: { grant: { netwrok: true } } } },
      'plugins.p.grant.netwrok',
      'is not known; did you mean "network"?',
    ],
    [
      { plugins: { p: { grant: { read: '/etc' } } } },
      'plugins.p.grant.read',
      'expected a list of files or folders, found "/etc"',
    ],
    [
      { plugins: { p: { xyz: 1 } } },
      'plugins.p.xyz',
      'is not known; known here: memoryMb, rssMb, outputKb, tempMb, openFiles, nice, blockedSeconds, connections, ' +
        'statementTimeoutMs, idleMinutes, database, s3, grant',
    ],
  ])('is told with its place and what was expected: %j', async (value, at, problem) => {
    expect(await problemsOf(JSON.stringify(value))).toEqual([{ at, problem }]);
  });

  it('is told with all others, in a list that lines up', async () => {
    const text = JSON.stringify({
      concurrency: 0,
      databse: 'embedded',
      jobs: { a: { enabled: 1, config: { pepper: '${env:PEPPER}' } }, b: { schedule: 'x' } },
      plugins: { p: { nice: -1 } },
    });

    const error = await withFile(text, (path) => readHostConfig(path, {})).catch((e: unknown) => e);

    expect(error).toMatchObject({
      code: 'BFD_CONFIG',
      message: [
        'host.config.json has 6 problems:',
        '  jobs.a.config.pepper   environment variable "PEPPER" is not set',
        '  concurrency            expected a whole number from 1 to 1000, found 0',
        '  jobs.a.enabled         expected true or false, found 1',
        '  jobs.b.schedule        expected a cron expression such as "0 4 * * *" (six fields: seconds first), found "x"',
        '  plugins.p.nice         expected a whole number from 0 to 19, found -1',
        '  databse                is not known; did you mean "database"?',
      ].join('\n'),
    });
  });

  it('is told once when a required member has a placeholder without a value', async () => {
    expect(await problemsOf('{"database": {"url": "${env:CCW_DB_URL}"}}')).toEqual([
      { at: 'database.url', problem: 'environment variable "CCW_DB_URL" is not set' },
    ]);
  });

  it('of the JSON itself has a line and a column', async () => {
    expect(await problemsOf('{\n  "concurrency": 1,\n}')).toEqual([
      {
        at: 'line 3, column 1',
        problem: 'expected a name in double quotes; the comma before is one too many',
      },
    ]);
  });

  it('such as a member given twice does not go unnoticed', async () => {
    expect(await problemsOf('{\n"concurrency": 1,\n"concurrency": 2\n}')).toEqual([
      { at: 'concurrency', problem: 'is given twice, in lines 2 and 3; keep one of them' },
    ]);
  });

  it('in the environment is named by its variable', async () => {
    expect(await problemsOf('{}', { BFD_DATABASE_URL: 'db.example:5432' })).toEqual([
      { at: 'BFD_DATABASE_URL', problem: `${database}, found another text` },
    ]);
    expect(
      await problemsOf('{"database": {"poolSize": 3}}', { BFD_DATABASE_URL: 'mysql://h/d' }),
    ).toEqual([{ at: 'BFD_DATABASE_URL', problem: `${url}, found another text` }]);
  });

  it('is a file that is not there', async () => {
    await expect(readHostConfig('/nowhere/host.config.json', {})).rejects.toMatchObject({
      code: 'BFD_CONFIG',
      problems: [
        {
          at: '/nowhere/host.config.json',
          problem: 'there is no such file; name the right one with --config',
        },
      ],
    });
  });

  it('never shows a secret', async () => {
    const text = JSON.stringify({
      mode: '${env:S}',
      database: '${env:S}',
      s3: { endpoint: '${env:S}', accessKeyId: 'sesame' },
      jobs: { a: { schedule: '${env:S}', pool: '${env:S}', enabled: '${env:S}' } },
      plugins: { p: { database: { url: 'sesame' }, s3: { endpoint: 'sesame' } } },
    });

    const problems = await problemsOf(text, { S: 'sesame' });

    expect(problems).toHaveLength(7);
    expect(JSON.stringify(problems)).not.toContain('sesame');
  });

  it('leaves the rest readable, for the sake of what else is to be told', async () => {
    const value = {
      concurrency: 'many',
      pools: { heavy: 0 },
      s3: { accessKeyId: 'x' },
      jobs: { a: { enabled: false, retries: { codes: ['X', 1] } }, b: 7 },
    };

    await withFile(JSON.stringify(value), async (path) => {
      const { config, problems } = await readHostConfigLeniently(path, {});

      expect(problems).toHaveLength(5);
      expect(config).toMatchObject({
        concurrency: 1,
        pools: { heavy: 1 },
        s3: { kind: 'embedded' },
      });
      expect(config.jobs).toEqual({
        a: { enabled: false, retries: {}, fanOut: false, debugOutput: false },
      });
    });
  });
});

describe('the page', () => {
  const open = '{ "http": { "host": "0.0.0.0"%s } }';

  it('is not there when nobody wants it', async () => {
    expect((await read({ http: false })).http).toBeUndefined();
  });

  it.each(['0.0.0.0', '10.1.2.3', '::', 'bfd.example.org', '128.0.0.1'])(
    'at %s, which others reach, needs TLS or proxies that do it',
    async (host) => {
      expect(await problemsOf(JSON.stringify({ http: { host } }))).toEqual([
        { at: 'http.host', problem: expect.stringContaining('"tls", or "trustedProxies"') },
      ]);
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])(
    'at %s is for this machine',
    async (host) => {
      expect((await read({ http: { host } })).http).toMatchObject({ host, isLoopback: true });
    },
  );

  it('finds the files of its certificate beside the configuration', async () => {
    const text = open.replace('%s', ', "tls": { "certFile": "c.pem", "keyFile": "/k.pem" }');
    await withFile(text, async (path, folder) => {
      const { http } = await readHostConfig(path, {});
      expect(http?.tls).toEqual({ certFile: join(folder, 'c.pem'), keyFile: '/k.pem' });
    });
  });

  it('takes proxies by address and range, and nothing else', async () => {
    const proxies = (trustedProxies: string[]) =>
      JSON.stringify({ http: { host: '0.0.0.0', trustedProxies } });
    expect(
      await problemsOf(
        proxies([
          '10.0.0.7',
          '10.0.0.0/33',
          'proxy.example.org',
          'fd00::/8',
          '1.2.3.4/',
          '10.0.0.0/8/9',
        ]),
      ),
    ).toMatchObject([
      { at: 'http.trustedProxies[1]' },
      { at: 'http.trustedProxies[2]' },
      { at: 'http.trustedProxies[4]' },
      { at: 'http.trustedProxies[5]' },
    ]);
  });
});
