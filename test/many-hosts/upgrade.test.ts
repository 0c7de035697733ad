// A rolling upgrade: hosts, plugins and the schema of one version beside those of another, on one database.

import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HostProcess } from '@bfd-host/testkit';
import { describe, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, '../..');
const EVERY_SECOND = "schedule: { cron: '* * * * * *' }";
const WORKS = 'ctx.workStarts(); return workDone();';

const ticking = jobSource({ name: 'ticking', declared: EVERY_SECOND, body: WORKS });

describe.concurrent('a newer host that comes to an older one', () => {
  it('migrates the schema while that runs, both go on, and no fire is lost or doubled', async ({
    expect,
  }) => {
    await using project = await Project.make();
    await using newer = await newerHost();
    await project.write('ticking', ticking);
    const one = project.start();
    await one.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' });

    const other = newer.start(project);
    await other.waitFor({ event: 'host.started' });
    const { rows } = await project.database.pool.query<{ now: Date }>('select now()');
    const hosts = [one, other];
    await expect.poll(() => runsSince(hosts, rows[0]?.now), { timeout: 60_000 }).toBeGreaterThan(5);
    await one.stop();
    const afterwards = runsSince([other]);
    await expect
      .poll(() => runsSince([other]), { timeout: 60_000 })
      .toBeGreaterThan(afterwards + 2);
    await other.stop();

    expect(await unaccounted(project)).toEqual([]);
  });

  it('keeps the older one from starting again, which says why', async ({ expect }) => {
    await using project = await Project.make();
    await using newer = await newerHost();
    await project.write('ticking', ticking);
    const other = newer.start(project);
    await other.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' });

    const { exitCode, stderr } = await project.command('start');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('BFD_HOST_SCHEMA_NEWER');
    expect(stderr).toContain(NEWER_MIGRATION);
    const before = runsSince([other]);
    await expect.poll(() => runsSince([other]), { timeout: 60_000 }).toBeGreaterThan(before);
  });
});

describe.concurrent('two versions of a plugin on two hosts', () => {
  it('take turns, each run in one of them, and who wants the newer one waits for it', async ({
    expect,
  }) => {
    await using project = await Project.make();
    await using other = await project.beside();
    const load = (version: string) =>
      jobSource({ name: 'load', version, declared: EVERY_SECOND, body: WORKS });
    await project.write('load', load('1.0.0'));
    await other.write('load', load('2.0.0'));
    await other.write(
      'report',
      jobSource({
        name: 'report',
        declared: "dependsOn: [{ job: 'load', version: '>=2' }]",
        body: WORKS,
      }),
    );

    const older = project.start();
    await older.waitFor({ event: 'run.finished', job: 'load', result: 'succeeded' }, 2);
    const newer = other.start();
    await newer.waitFor({ event: 'run.finished', job: 'load', result: 'succeeded' });
    await newer.waitFor({ event: 'run.finished', job: 'report', result: 'succeeded' });
    await older.waitFor({ event: 'run.finished', job: 'load', result: 'succeeded' }, 4);
    await Promise.all([older.stop(), newer.stop()]);

    const { rows: runs } = await project.database.pool.query(
      `select distinct job_version, plugin_version, boot_id = $1 as is_older from bfd_host.run
        where job_name = 'load' order by job_version`,
      [await bootOf(project, 'load', '1.0.0')],
    );
    expect(runs).toEqual([
      { job_version: '1.0.0', plugin_version: '1.0.0', is_older: true },
      { job_version: '2.0.0', plugin_version: '1.0.0', is_older: false },
    ]);
    // The latest run of `load` that had finished when `report` began was of the newer version.
    const { rows: versions } = await project.database.pool.query(
      `select distinct (select load.job_version from bfd_host.run load
                         where load.job_name = 'load' and load.finished_at <= report.started_at
                         order by load.finished_at desc limit 1) as version
         from bfd_host.run report where report.job_name = 'report'`,
    );
    expect(versions).toEqual([{ version: '2.0.0' }]);
    expect(await unaccounted(project)).toEqual([]);
  });

  it('have the schedule of the host that started last', async ({ expect }) => {
    await using project = await Project.make();
    await using other = await project.beside();
    await project.write('ticking', ticking);
    await other.write(
      'ticking',
      jobSource({
        name: 'ticking',
        version: '2.0.0',
        declared: "schedule: { cron: '*/3 * * * * *' }",
        body: WORKS,
      }),
    );
    const older = project.start();
    await older.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' }, 2);

    const newer = other.start();
    await newer.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' }, 2);
    const { rows } = await project.database.pool.query<{ seconds: number }>(
      `select extract(second from scheduled_at)::int % 3 as seconds from bfd_host.fire
        where scheduled_at > (select planned_until - interval '4 seconds' from bfd_host.schedule)`,
    );

    expect(new Set(rows.map(({ seconds }) => seconds))).toEqual(new Set([0]));
  });
});

const NEWER_MIGRATION = '999_of_the_next_version';

interface OtherHost extends AsyncDisposable {
  start(project: Project): HostProcess;
}

/** The host as it may be in its next version: with one more migration, which touches tables in use. */
async function newerHost(): Promise<OtherHost> {
  // Where it finds the packages, and its job processes may read what they are made of.
  const cache = path.join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'bfd-newer-host-'));
  for (const part of ['bin', 'dist', 'migrations', 'package.json']) {
    await cp(path.join(ROOT, 'host', part), path.join(folder, 'host', part), { recursive: true });
  }
  await writeFile(
    path.join(folder, 'host/migrations', `${NEWER_MIGRATION}.sql`),
    `alter table bfd_host.run add column weather text;
     alter table bfd_host.lease add column weather text not null default 'fine';
     create table bfd_host.weather (at timestamptz primary key);`,
  );
  const started = new Set<HostProcess>();
  return {
    start(project) {
      const bin = path.join(folder, 'host/bin/bfd-host.cjs');
      const host = new HostProcess(
        spawn(process.execPath, [bin, 'start', '--json'], {
          cwd: project.folder,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
      started.add(host);
      return host;
    },
    async [Symbol.asyncDispose]() {
      for (const host of started) await host.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function runsSince(hosts: readonly HostProcess[], since = new Date(0)): number {
  return hosts
    .flatMap(({ events }) => events)
    .filter(({ event, result }) => event === 'run.finished' && result === 'succeeded')
    .filter(({ time }) => Date.parse(String(time)) > since.getTime()).length;
}

async function bootOf(project: Project, job: string, version: string): Promise<string> {
  const { rows } = await project.database.pool.query<{ boot_id: string }>(
    'select boot_id from bfd_host.host_job where job_name = $1 and job_version = $2',
    [job, version],
  );
  return rows[0]?.boot_id ?? '';
}

/** Fires that led to no run, to several, or were not decided on. */
async function unaccounted(project: Project): Promise<unknown[]> {
  const { rows } = await project.database.pool.query(
    `with due as (
       select job_name, generate_series(min(scheduled_at), max(scheduled_at), interval '1 second') as at
         from bfd_host.fire group by job_name)
     select due.job_name, due.at, count(run.run_id)::int as runs
       from due
       left join bfd_host.fire on fire.job_name = due.job_name and fire.scheduled_at = due.at
       left join bfd_host.run on run.run_id = fire.run_id and run.result = 'succeeded'
       left join pgboss.job on job.data ->> 'runId' = fire.run_id::text and job.state <= 'active'
      where fire.coalesced is not true and job.id is null
      group by 1, 2 having count(run.run_id) <> 1`,
  );
  return rows;
}
