// The doctor: a host that is well, and faults planted one by one, each named with its remedy.

import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostConfig } from '../../host/src/config/host-config.ts';
import { lookAtDatabase } from '../../host/src/doctor/look-at-database.ts';
import { lookAtDisk } from '../../host/src/doctor/look-at-files.ts';
import { EXPIRED_CERTIFICATE, TEST_KEY } from '../../host/src/http/test-certificate.testkit.ts';
import { jobSource, Project } from '../support/project.ts';
import { say } from './terminal.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface Finding {
  readonly area: string;
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly kind: string;
  readonly text: string;
  readonly remedy?: string;
}

type Members = Readonly<Record<string, unknown>>;

let project: Project;
const file = (name: string) => path.join(project.folder, name);
const s3 = (changes: Members = {}) => {
  const { endpoint, region, accessKeyId, secretAccessKey } = project.bucket.endpoint;
  return { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle: true, ...changes };
};
const jobs = (bucket = project.bucket.name): Members => ({ load: { config: { bucket } } });

beforeAll(async () => {
  project = await Project.make();
  await project.write(
    'load',
    jobSource({
      name: 'load',
      declared: 'config: z.object({ bucket: z.string() })',
      body: 'return nothingToDo();',
    })
      .replace('constructor(', 'constructor(@inject(CONFIG) config, ')
      .replace('inject, Job', 'CONFIG, inject, Job'),
  );
  await project.configure({ jobs: jobs() });
  await say(['migrate', '--config', file('host.config.json')]);
});
afterAll(() => project[Symbol.asyncDispose]());

/** What the doctor finds with these members of the configuration that is not well. */
async function examine(members: Members = {}): Promise<{ exitCode: number; found: Finding[] }> {
  await project.configure({ jobs: jobs(), http: { port: 0 }, ...members });
  const { out, err, exitCode } = await say([
    'doctor',
    '--config',
    file('host.config.json'),
    '--json',
  ]);
  if (out === '') throw new Error(err);
  const { findings, isWell } = JSON.parse(out) as { findings: Finding[]; isWell: boolean };
  expect(isWell).toBe(exitCode === 0);
  return { exitCode, found: findings.filter(({ state }) => state !== 'ok') };
}

async function expectFault(kind: string, members: Members = {}): Promise<Finding> {
  const { exitCode, found } = await examine(members);
  expect(found.filter(({ state }) => state === 'wrong').map((finding) => finding.kind)).toEqual([
    kind,
  ]);
  expect(exitCode).toBe(1);
  const [fault] = found.filter((finding) => finding.kind === kind);
  if (!fault?.remedy) throw new Error('no remedy');
  return fault;
}

const sql = (statement: string) => project.database.pool.query(statement);

describe('bfd-host doctor', () => {
  it('says that all is well where it is', async () => {
    expect(await examine()).toEqual({ exitCode: 0, found: [] });

    const { out } = await say(['doctor', '--config', file('host.config.json')], { columns: 100 });
    expect(out).toMatch(/^ok {5}database {7}the database answers in [\d.]+ ms$/m);
    expect(out.trimEnd().split('\n').at(-1)).toBe('All is well.');
  });

  it('tells people what to do, and how much is wrong', async () => {
    await project.configure({ jobs: jobs('no-such-bucket') });
    const { out, exitCode } = await say(['doctor', '--config', file('host.config.json')], {
      columns: 100,
    });
    expect(out).toMatch(
      /^WRONG {2}s3 +there is no bucket no-such-bucket, which load uses\n +What to do: Create it, or correct "jobs": \{ "load"/m,
    );
    expect(out.trimEnd().split('\n').at(-1)).toBe('One thing is wrong.');
    expect(exitCode).toBe(1);
  });

  it('names a mistake in the configuration', async () => {
    expect(await expectFault('config-mistake', { concurency: 1 })).toMatchObject({
      text: expect.stringContaining('did you mean "concurrency"?'),
    });
  });

  it('names a plugin that was changed', async () => {
    await project.write(
      'other',
      jobSource({ name: 'other', declared: '', body: 'return nothingToDo();' }),
    );
    await appendFile(file('plugins/other/plugin.js'), '// changed');
    expect(await expectFault('BFD_PLUGIN_DIGEST')).toMatchObject({
      area: 'plugins',
      text: expect.stringContaining('plugins/other'),
    });
    await rm(file('plugins/other'), { recursive: true });
  });

  it('names a database that is not there, and one that does not take the password', async () => {
    const url = new URL(project.database.url);
    url.port = '1';
    expect(await expectFault('database-unreachable', { database: url.href })).toMatchObject({
      text: expect.stringContaining('nothing listens there'),
      remedy: expect.stringContaining('BFD_DATABASE_URL'),
    });
    const wrong = new URL(project.database.url);
    wrong.password = 'wrong';
    expect(await expectFault('database-unreachable', { database: wrong.href })).toMatchObject({
      text: expect.stringContaining('it refused the password'),
    });
  });

  it('names a role that may not use the schema', async () => {
    const role = `doctor_${randomBytes(4).toString('hex')}`;
    const admin = new pg.Client({ connectionString: project.database.adminUrl });
    await admin.connect();
    await admin.query(`create role ${role} login password 'x'`);
    const url = new URL(project.database.url);
    [url.username, url.password] = [role, 'x'];
    const fault = await expectFault('database-rights', { database: url.href });
    expect(fault.remedy).toContain(`grant usage on schema bfd_host, pgboss to ${role}`);
    await admin.query(`drop role ${role}`);
    await admin.end();
  });

  it('names a schema that a newer host made', async () => {
    await sql("insert into bfd_host.schema_migration (name) values ('999_future')");
    expect(await expectFault('schema-newer')).toMatchObject({
      text: expect.stringContaining('999_future'),
    });
    await sql("delete from bfd_host.schema_migration where name = '999_future'");
  });

  it('names a server with too few connections', async () => {
    const database = { url: project.database.url, poolSize: 200 };
    expect(await expectFault('too-few-connections', { database })).toMatchObject({
      remedy: expect.stringContaining('poolSize'),
    });
  });

  it('names an S3 that does not answer, and one that does not take the keys', async () => {
    expect(
      await expectFault('s3-unreachable', { s3: s3({ endpoint: 'http://127.0.0.1:1' }) }),
    ).toMatchObject({ text: expect.stringContaining('ECONNREFUSED') });
    const fault = await expectFault('s3-keys', { s3: s3({ secretAccessKey: 'wrong' }) });
    expect(fault.text).toContain('SignatureDoesNotMatch');
  });

  it('names a folder that everybody may change, and a token that others may read', async () => {
    await mkdir(file('.bfd'), { recursive: true });
    await chmod(file('.bfd'), 0o777);
    expect(await expectFault('state-folder-open')).toMatchObject({
      remedy: expect.stringMatching(/^chmod o-w /),
    });
    await chmod(file('.bfd'), 0o700);
    await writeFile(file('.bfd/page-token'), 'x');
    await chmod(file('.bfd/page-token'), 0o644);
    expect(await expectFault('token-open')).toMatchObject({
      remedy: expect.stringContaining('Restart'),
    });
    await chmod(file('.bfd/page-token'), 0o600);
  });

  it('names a port that is taken, and a certificate that has expired', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    expect(await expectFault('port-in-use', { http: { port } })).toMatchObject({
      text: expect.stringContaining(String(port)),
    });
    taken.close();

    await writeFile(file('cert.pem'), EXPIRED_CERTIFICATE);
    await writeFile(file('key.pem'), TEST_KEY);
    await expectFault('certificate-expired', {
      http: { port: 0, tls: { certFile: 'cert.pem', keyFile: 'key.pem' } },
    });
  });

  it('names jobs that are quarantined, failing or late', async () => {
    await sql(
      `insert into bfd_host.job (name, crashes, last_finished_at, last_result)
       values ('load', jsonb_build_object('crashedAt', '[]'::jsonb, 'failedProbes', 0, 'isProbing', false, 'openedAt', (extract(epoch from now()) * 1000)::int8), now(), 'crashed')`,
    );
    expect(await expectFault('job-quarantined')).toMatchObject({
      remedy: expect.stringContaining('`bfd-host release load`'),
    });
    await sql(
      "update bfd_host.job set crashes = null, failure_streak = 3, last_error_code = 'CLAIMS_DATE'",
    );
    expect(await expectFault('job-failing')).toMatchObject({
      text: 'load crashed 3 times in a row (CLAIMS_DATE)',
    });
    await sql(
      "update bfd_host.job set failure_streak = 0, last_success_at = now() - interval '3 hours'",
    );
    expect(
      await expectFault('job-late', {
        jobs: { load: { ...(jobs()['load'] as Members), successWithinMs: 3_600_000 } },
      }),
    ).toMatchObject({ remedy: expect.stringContaining('`bfd-host why load`') });
    await sql('delete from bfd_host.job');
  });

  it('names a clock that is wrong, and a disk that is full', async () => {
    const config = {
      database: { poolSize: 10 },
      concurrency: 1,
      stateFolder: project.folder,
    } as unknown as HostConfig;
    const look = { url: project.database.url, config, jobs: [] };
    const findings = await lookAtDatabase({ ...look, now: () => Date.now() - 90_000 });
    expect(findings.filter(({ state }) => state !== 'ok')).toMatchObject([
      {
        kind: 'clock-skew',
        text: expect.stringMatching(/clock is (90\.0|89\.9) s behind the database's/),
        remedy: expect.stringContaining('NTP'),
      },
    ]);
    const [disk] = await lookAtDisk(config, 2 ** 60);
    expect(disk).toMatchObject({
      state: 'wrong',
      kind: 'disk-full',
      remedy: expect.stringContaining('Make room'),
    });
  });
});
