// What is wrong around the host is told in one clear line each, and costs nobody else anything.

import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CutOff } from '../support/cut-off.ts';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const TICKING = jobSource({
  name: 'ticking',
  declared: "schedule: { cron: '* * * * * *' }",
  body: 'ctx.workStarts(); return workDone();',
});

describe('broken plugins', () => {
  it('are each refused with code and remedy, while the sound one runs', async () => {
    await using project = await Project.make();
    const plugins = path.join(project.folder, 'plugins');
    const source = (name: string) => jobSource({ name, declared: '', body: 'return workDone();' });
    await project.write('ticking', TICKING);

    await project.write('changed', source('changed'));
    await appendFile(path.join(plugins, 'changed/plugin.js'), '\n// changed after it was built\n');

    await project.write('from-the-future', source('from-the-future'));
    const manifest = path.join(plugins, 'from-the-future/plugin.json');
    const future = JSON.parse(await readFile(manifest, 'utf8'));
    await writeFile(manifest, JSON.stringify({ ...future, apiVersion: 99 }));

    await mkdir(path.join(plugins, 'no-json'));
    await writeFile(path.join(plugins, 'no-json/plugin.json'), '{ "name": ');

    await project.write('one', source('same-name'));
    await project.write('other', source('same-name'));

    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' });

    const refused = host.events.filter(({ event }) => event === 'host.degraded');
    expect(new Set(refused.map(({ code }) => code))).toEqual(
      new Set([
        'BFD_PLUGIN_DIGEST',
        'BFD_PLUGIN_API_VERSION',
        'BFD_PLUGIN_MANIFEST',
        'BFD_PLUGIN_DUPLICATE',
      ]),
    );
    const check = await project.command('check');
    expect(check.exitCode).toBe(2);
    expect(check.stdout).toContain('changed');
    expect(check.stderr).toBe('');
  });
});

describe('the database', () => {
  it('that is not there when the host starts is named, without its password', async () => {
    await using project = await Project.make();
    await project.configure({ database: 'postgres://bfd:opensesame@127.0.0.1:9/nowhere' });

    const { exitCode, stderr } = await project.command('start');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('BFD_DATABASE_UNREACHABLE');
    expect(stderr).toContain('127.0.0.1:9/nowhere');
    expect(stderr).not.toContain('opensesame');
    expect(stderr).not.toContain('    at ');
  });

  it('may end all sessions at any moment: the host tells it and goes on', async () => {
    await using project = await Project.make();
    await project.write('ticking', TICKING);
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' });

    await project.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    const already = host.events.filter(({ result }) => result === 'succeeded').length;
    await host.waitFor({ event: 'run.finished', result: 'succeeded' }, already + 2);
  });
});

describe('a host that is told to stop', () => {
  it.each(['down', 'silent'] as const)(
    'while the database is %s ends all the same',
    async (how) => {
      await using project = await Project.make();
      await using way = await CutOff.before(project.database.url);
      await project.configure({ database: way.url, stopGraceMs: 500 });
      await project.write(
        'long',
        jobSource({
          name: 'long',
          body: 'ctx.workStarts(); await new Promise((resolve) => setTimeout(resolve, 600_000));',
        }),
      );
      const host = project.start();
      const { runId } = await host.waitFor({ event: 'run.started', job: 'long' });
      way[how]();

      const { exitCode, stderr } = await host.stop();

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      await host.waitFor({ event: 'run.finished', runId, result: 'lost' });
      expect(host.events.at(-1)).toMatchObject({ event: 'host.stopped' });
    },
  );
});

describe('a job with a wrong configuration', () => {
  it('is refused with every mistake and its place, while the others run', async () => {
    await using project = await Project.make({
      config: { jobs: { picky: { config: { size: 'large', colour: 'red' } } } },
    });
    await project.write('ticking', TICKING);
    await project.write(
      'picky',
      jobSource({
        name: 'picky',
        declared: 'startup: true, config: z.strictObject({ size: z.int(), bucket: z.string() })',
        body: 'return workDone();',
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' });

    const told = host.events
      .filter(({ event }) => event === 'host.degraded')
      .map(({ message }) => message)
      .join('\n');
    expect(told).toContain('jobs.picky.config.size');
    expect(told).toContain('jobs.picky.config.bucket');
    expect(told).toContain('jobs.picky.config.colour');
    expect(told).not.toContain('large');
  });
});
