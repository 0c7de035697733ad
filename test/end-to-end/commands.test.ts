// The command line as scripts and orchestrators use it: exit codes, pipes, signals.

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const FOR_EVER = 'ctx.workStarts(); await new Promise((resolve) => setTimeout(resolve, 600_000));';
const STOPS = `ctx.workStarts(); await new Promise((resolve, reject) => {
  ctx.signal.addEventListener('abort', () => reject(new Error('stopped')));
  setTimeout(resolve, 600_000);
});`;

function untilSaid(child: { stdout: NodeJS.ReadableStream | null }, text: string): Promise<void> {
  let said = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: string) => {
      said += chunk;
      if (said.includes(text)) resolve();
    });
  });
}

describe('bfd-host', () => {
  it('exits with 0 when asked for help, and with 2 when it cannot understand', async () => {
    await using project = await Project.make();

    const ends = await Promise.all([
      project.command('run', '--help'),
      project.command('rnus'),
      project.command('runs', '--limit', 'many'),
    ]);

    expect(ends).toMatchObject([
      { exitCode: 0, stdout: expect.stringContaining('Exit codes: 0 done') },
      { exitCode: 2, stderr: expect.stringContaining('Did you mean runs?') },
      { exitCode: 2, stderr: expect.stringContaining('Give a whole number') },
    ]);
    for (const { stderr } of ends) expect(stderr).not.toContain('    at ');
  });

  it('without its configuration says which file is missing', async () => {
    await using project = await Project.make();
    await rm(path.join(project.folder, 'host.config.json'));

    const { exitCode, stderr } = await project.command('runs');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('host.config.json');
    expect(stderr).not.toContain('    at ');
  });

  it('ends quietly when nobody reads what it prints', async () => {
    await using project = await Project.make();
    const { child, ended } = project.begin('jobs', '--json');
    child.stdout?.destroy();

    const { exitCode, stderr } = await ended;

    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });
});

describe('bfd-host run', () => {
  it('exits with 5 when the run takes too long', async () => {
    await using project = await Project.make();
    await project.write(
      'slow',
      jobSource({
        name: 'slow',
        declared: 'timeout: { softMs: 100, hardMs: 30_000 }',
        body: STOPS,
      }),
    );

    expect(await project.command('run', 'slow')).toMatchObject({ exitCode: 5 });
  });

  it('exits with 6 when it is told to stop, and 3 beside a run of the same job', async () => {
    await using project = await Project.make();
    await project.write('slow', jobSource({ name: 'slow', declared: '', body: STOPS }));
    const { child, ended } = project.begin('run', 'slow', '--json');
    await untilSaid(child, 'run.started');

    expect(await project.command('run', 'slow')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('it is running already'),
    });
    child.kill('SIGTERM');

    expect(await ended).toMatchObject({ exitCode: 6 });
    const { runs } = await project.json<{ runs: { result: string }[] }>('runs');
    expect(runs).toMatchObject([{ result: 'cancelled' }]);
  });

  it('exits with 4 when its lease is taken from it', async () => {
    await using project = await Project.make();
    await project.write('slow', jobSource({ name: 'slow', declared: '', body: STOPS }));
    const { child, ended } = project.begin('run', 'slow', '--json');
    await untilSaid(child, 'run.started');

    await project.database.pool.query("update bfd_host.lease set expires_at = '-infinity'");

    expect(await ended).toMatchObject({ exitCode: 4 });
  });

  it('says that there was nothing to do', async () => {
    await using project = await Project.make();
    await project.write(
      'idle',
      jobSource({ name: 'idle', declared: '', body: 'return nothingToDo();' }),
    );

    const { exitCode, stdout } = await project.command('run', 'idle', '--json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'run.idle', job: 'idle' });
  });
});

describe('a host', () => {
  it('beside another in the same folder makes one run of each start', async () => {
    await using project = await Project.make();
    await project.write(
      'ticking',
      jobSource({
        name: 'ticking',
        declared: "schedule: { cron: '* * * * * *' }",
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const hosts = [project.start(), project.start()];
    await Promise.all(hosts.map((host) => host.waitFor({ event: 'host.started' })));
    await Promise.race(
      hosts.map((host) => host.waitFor({ event: 'run.finished', result: 'succeeded' }, 3)),
    );
    const ends = await Promise.all(hosts.map((host) => host.stop()));

    expect(ends).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    const { rows } = await project.database.pool.query(
      `select count(*)::int as runs, count(distinct trigger_detail)::int as fires
         from bfd_host.run where trigger = 'schedule'`,
    );
    expect(rows[0].runs).toBe(rows[0].fires);
  });

  it('goes on when nobody reads its output any more', async () => {
    await using project = await Project.make();
    await project.write(
      'ticking',
      jobSource({
        name: 'ticking',
        declared: "schedule: { cron: '* * * * * *' }",
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const { child, ended } = project.begin('start', '--json');
    await untilSaid(child, 'run.finished');
    child.stdout?.destroy();
    const { rows } = await project.database.pool.query(
      'select count(*)::int as n from bfd_host.run',
    );

    await expect
      .poll(
        async () =>
          (await project.database.pool.query('select count(*)::int as n from bfd_host.run')).rows[0]
            .n,
        { timeout: 20_000 },
      )
      .toBeGreaterThan(rows[0].n + 1);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('ends at once at a second signal', async () => {
    await using project = await Project.make({ config: { stopGraceMs: 600_000 } });
    await project.write('slow', jobSource({ name: 'slow', body: FOR_EVER }));
    const { child, ended } = project.begin('start', '--json');
    await untilSaid(child, 'run.started');
    child.kill('SIGINT');
    // Nothing tells that the first one was heard, and two at once are one.
    const again = setInterval(() => child.kill('SIGINT'), 200);

    expect(await ended).toMatchObject({ exitCode: 130 });
    clearInterval(again);
  });
});
