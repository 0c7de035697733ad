// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
// What a mistake in host.config.json is told as: where it is, what was expected, all at once and without a secret.

import { describe, expect, it } from 'vitest';
import { problemsOf, withFile } from './read-host-config.testkit.ts';
import { readHostConfig, readHostConfigLeniently } from './read-host-config.ts';

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
