// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsOf, read, withFile } from './read-host-config.testkit.ts';
import { pluginSettings, readHostConfig } from './read-host-config.ts';

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
