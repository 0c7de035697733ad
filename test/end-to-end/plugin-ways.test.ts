// What a plugin may do: reach database and S3 with its own role and keys and no other's, and what it was granted.

import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

vi.setConfig({ testTimeout: 120_000 });

const PUTS = (bucket: string) =>
  `await this.s3.putObject({ Bucket: '${bucket}', Key: 'from-' + ctx.runId, Body: 'x' }); return workDone();`;

describe('the way of a plugin into S3', () => {
  it('is its own keys, and of a plugin without any the keys of the host', async () => {
    await using project = await Project.make();
    const { bucket } = project;
    const { accessKeyId, secretAccessKey, endpoint, region } = bucket.endpoint;
    await project.configure({
      s3: {
        ...{ endpoint, region, forcePathStyle: true },
        ...{ accessKeyId: 'AKIDOFTHEHOST', secretAccessKey: 'of the host' },
      },
      plugins: { 'with-keys': { s3: { accessKeyId, secretAccessKey } } },
    });
    for (const name of ['with-keys', 'without-keys']) {
      await project.write(name, jobSource({ name, declared: '', body: PUTS(bucket.name) }));
    }

    const mine = await project.command('run', 'with-keys', '--json');
    const hosts = await project.command('run', 'without-keys', '--json');

    expect(mine.exitCode).toBe(0);
    expect(hosts.exitCode).toBe(1);
    expect(hosts.stdout).toContain('BFD_S3_INVALID_ACCESS_KEY_ID');
  });
});

const MAKES = (schema: string) =>
  `await this.db.query('create table if not exists ${schema}.made (id int)'); return workDone();`;

/** A job whose plugin names schema `mine`. */
function bound(name: string, body: string): string {
  const source = jobSource({ name, declared: '', body });
  return source.replace('jobs: [TheJob]', "jobs: [TheJob], schemas: ['mine']");
}

describe('the way of a plugin into the database', () => {
  it('ends at the schemas that it names', async () => {
    await using project = await Project.make();
    await project.database.pool.query('create schema other');
    await project.write('stays', bound('stays', MAKES('mine')));
    await project.write('strays', bound('strays', MAKES('other')));

    expect(await project.command('run', 'stays', '--json')).toMatchObject({ exitCode: 0 });
    const strayed = await project.command('run', 'strays', '--json');

    expect(strayed.exitCode).toBe(1);
    expect(strayed.stdout).toContain('BFD_SQL_PRIVILEGE');
    const { rows } = await project.database.pool.query(
      "select table_schema from information_schema.tables where table_name = 'made'",
    );
    expect(rows).toEqual([{ table_schema: 'mine' }]);
  });

  it('leads to fence and checkpoints, also by a URL of its own', async () => {
    await using project = await Project.make();
    const role = `own_${new URL(project.database.url).pathname.slice(1)}`;
    await project.database.pool.query(`create role ${role} login password 'x'`);
    const url = new URL(project.database.url);
    url.username = role;
    url.password = 'x';
    await project.configure({ plugins: { 'by-url': { database: { url: url.href } } } });
    const body = `await ctx.checkpoint('a', 1);
      await ctx.transaction((client) => client.query('select 1'));
      return workDone({ counts: { kept: await ctx.checkpoint('a') } });`;
    await project.write('by-url', jobSource({ name: 'by-url', declared: '', body }));
    await project.write('by-role', bound('by-role', body));

    const byUrl = await project.command('run', 'by-url', '--json');
    const byRole = await project.command('run', 'by-role', '--json');

    const admin = new pg.Client({ connectionString: project.database.adminUrl });
    await admin.connect();
    await admin.query(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
    expect([byUrl.exitCode, byRole.exitCode], byUrl.stdout + byRole.stdout).toEqual([0, 0]);
  });
});

describe('what plugins may do here', () => {
  it('is told by check: asked for, granted, missing, and how far jobs are kept apart', async () => {
    await using project = await Project.make({
      config: { plugins: { reaches: { grant: { network: true } } } },
    });
    const source = jobSource({ name: 'reaches', declared: '', body: 'return workDone();' });
    const asks = 'jobs: [TheJob], privileges: { network: true, childProcesses: true }';
    await project.write('reaches', source.replace('jobs: [TheJob]', asks));

    const { stdout, exitCode } = await project.command('check', '--json');
    const people = await project.command('check');

    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      plugins: [
        {
          asksFor: { network: true, childProcesses: true },
          granted: { network: true },
          missing: ['childProcesses'],
        },
      ],
      isolation: [{ area: 'isolation', kind: expect.stringMatching(/^(own-users|same-user)$/) }],
    });
    expect(people.stdout).toContain('network, childProcesses  network, not childProcesses');
    expect(people.stdout).toContain('"grant": { "network": true, "childProcesses": true }');
    expect(people.stdout).toContain('Isolation: ');
  });
});
