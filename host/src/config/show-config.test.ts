// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHostConfig } from './read-host-config.ts';
import { showConfig } from './show-config.ts';

async function shown(value: unknown, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-config-'));
  const path = join(folder.path, 'host.config.json');
  await writeFile(path, JSON.stringify(value));
  return showConfig(await readHostConfig(path, env));
}

describe('a configuration that is shown', () => {
  it('holds no secret, wherever it came from', async () => {
    const value = {
      database: { url: 'postgres://me:sesame@db:6432/bfd?password=sesame', directUrl: '${env:S}' },
      s3: {
        endpoint: 'http://s3',
        accessKeyId: 'sesame',
        secretAccessKey: 'sesame',
        sessionToken: 'sesame',
      },
      telemetry: {
        otlp: { endpoint: 'http://collector:4318', headers: { 'api-key': 'sesame' } },
        newRelicEvents: { accountId: '1', licenseKey: 'sesame' },
      },
      jobs: {
        a: {
          config: { pepper: 'sesame', deep: [{ x: '${env:PLAIN}', token: ['sesame'] }], rows: 5 },
        },
      },
      plugins: {
        p: {
          database: { url: '${env:S}' },
          s3: { accessKeyId: 'sesame', secretAccessKey: 'sesame' },
        },
        q: { database: { url: 'postgres://q:sesame@db/bfd' } },
      },
    };

    const config = await shown(
      { stateFolder: '/tmp/${env:PLAIN}', ...value },
      { S: 'postgres://sesame@sesame/sesame', PLAIN: 'sesame' },
    );

    expect(JSON.stringify(config)).not.toContain('sesame');
    expect(config).toMatchObject({
      database: { url: 'postgres://me@db:6432/bfd', directUrl: '(secret)' },
      s3: { endpoint: 'http://s3', credentials: { kind: 'static' } },
      jobs: { a: { config: { pepper: '(secret)', deep: [{ x: '(secret)' }], rows: 5 } } },
      telemetry: {
        otlp: { endpoint: 'http://collector:4318', headers: { 'api-key': '(secret)' } },
      },
      stateFolder: '(secret)',
      plugins: {
        p: { database: { url: '(secret)' } },
        q: { database: { url: 'postgres://q@db/bfd' } },
      },
    });
  });

  it('shows of what a job is configured with the form alone', async () => {
    const config = { owner: 'Jane Doe', claim: 9_991_831_999, '123-45-6789': true, rows: 5 };

    expect(await shown({ jobs: { a: { config } } })).toMatchObject({
      jobs: { a: { config: { owner: '(text)', claim: '(number)', '(withheld)': true, rows: 5 } } },
    });
  });

  it('says where the database of the environment is, without its password', async () => {
    expect(await shown({}, { BFD_DATABASE_URL: 'postgres://me:sesame@db/bfd' })).toMatchObject({
      database: {
        from: 'environment',
        url: 'postgres://me@db/bfd',
        directUrl: 'postgres://me@db/bfd',
      },
    });
  });
});
