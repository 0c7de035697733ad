// The host as an operator meets it: a real process, plugins built by the real builder, a real database.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const WORKS = 'ctx.workStarts(); return workDone({ counts: { things: 3 } });';

interface Runs {
  readonly runs: readonly {
    readonly runId: string;
    readonly job: string;
    readonly result: string;
    readonly counts: Record<string, number>;
    readonly errorCode: string | null;
    readonly attempt: number;
  }[];
}

describe('a plugin dropped into plugins/', () => {
  it('runs after a restart, and its run is listed while the host runs and after it stopped', async () => {
    await using project = await Project.make();
    const before = project.start();
    await before.waitFor({ event: 'host.started' });
    await before.stop();

    await project.write('dropped-in', jobSource({ name: 'dropped-in', body: WORKS }));
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'dropped-in', result: 'succeeded' });

    const whileRunning = await project.json<Runs>('runs');
    await host.stop();
    const afterwards = await project.json<Runs>('runs');

    expect(whileRunning.runs).toMatchObject([
      { job: 'dropped-in', result: 'succeeded', counts: { things: 3 }, attempt: 1 },
    ]);
    expect(afterwards.runs).toEqual(whileRunning.runs);
  });

  it('does not run while the configuration says "enabled": false', async () => {
    await using project = await Project.make({
      config: { jobs: { 'switched-off': { enabled: false } } },
    });
    await project.write('off', jobSource({ name: 'switched-off', body: WORKS }));
    await project.write('on', jobSource({ name: 'switched-on', body: WORKS }));
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'switched-on' });

    expect(host.events.filter(({ job }) => job === 'switched-off')).toEqual([]);
  });
});

describe('a run', () => {
  it('that fails leaves the other jobs running', async () => {
    await using project = await Project.make();
    await project.write(
      'failing',
      jobSource({ name: 'failing', body: "throw new JobError('BFD_TEST', 'It went wrong.');" }),
    );
    await project.write(
      'ticking',
      jobSource({
        name: 'ticking',
        declared: "schedule: { cron: '* * * * * *' }",
        body: WORKS,
      }),
    );
    const host = project.start();

    const failed = await host.waitFor({ event: 'run.finished', job: 'failing' });
    await host.waitFor({ event: 'run.finished', job: 'ticking', result: 'succeeded' }, 3);

    expect(failed).toMatchObject({
      result: 'failed',
      errorCode: 'BFD_TEST',
      error: 'It went wrong.',
    });
  });

  it('that finds nothing leaves no record but shows that the job is alive', async () => {
    await using project = await Project.make();
    await project.write(
      'idle',
      jobSource({
        name: 'idle',
        declared: "schedule: { cron: '* * * * * *' }",
        body: 'return nothingToDo();',
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'host.started' });
    await expect
      .poll(
        async () => (await project.json<{ jobs: { nothingToDoStreak: number }[] }>('jobs')).jobs[0],
        { timeout: 20_000 },
      )
      .toMatchObject({ lastResult: 'succeeded', lastOutcome: 'nothing-to-do' });

    expect((await project.json<Runs>('runs')).runs).toEqual([]);
  });

  it('that crashes is recorded so, and told with what to do', async () => {
    await using project = await Project.make();
    await project.write('crashing', jobSource({ name: 'crashing', body: 'process.exit(7);' }));
    const host = project.start();

    const crashed = await host.waitFor({ event: 'run.finished', job: 'crashing' });

    expect(crashed).toMatchObject({ result: 'crashed', errorCode: expect.stringMatching(/^BFD_/) });
  });

  it('of a job whose process died three times is put off until somebody releases the job', async () => {
    await using project = await Project.make();
    await project.write(
      'crashing',
      jobSource({
        name: 'crashing',
        declared: "startup: true, schedule: { cron: '* * * * * *' }",
        body: 'process.abort();',
      }),
    );
    await project.write(
      'ticking',
      jobSource({ name: 'ticking', declared: "schedule: { cron: '* * * * * *' }", body: WORKS }),
    );
    const host = project.start();
    await host.waitFor({ event: 'job.quarantined', job: 'crashing' });
    const crashes = host.events.filter(
      ({ event, job }) => event === 'run.finished' && job === 'crashing',
    );
    expect(crashes.map(({ result }) => result)).toEqual(['crashed', 'crashed', 'crashed']);
    const ticks = host.events.filter(
      ({ event, job }) => event === 'run.finished' && job === 'ticking',
    );
    await host.waitFor({ event: 'run.finished', job: 'ticking' }, ticks.length + 2);
    expect(
      host.events.filter(({ event, job }) => event === 'run.finished' && job === 'crashing'),
    ).toHaveLength(3);

    await project.command('release', 'crashing');

    await host.waitFor({ event: 'run.finished', job: 'crashing' }, 4);
  });

  it('is tried again as often as its job says, each try with its own record', async () => {
    await using project = await Project.make();
    await project.write(
      'stubborn',
      jobSource({
        name: 'stubborn',
        declared: 'startup: true, retries: { limit: 2, delayMs: 50 }',
        body: `if (ctx.attempt < 3) throw new JobError('BFD_TEST', 'Not yet.');
               ctx.workStarts(); return workDone();`,
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'stubborn', result: 'succeeded' });

    const { runs } = await project.json<Runs>('runs');
    expect(runs.map(({ attempt, result }) => [attempt, result])).toEqual([
      [3, 'succeeded'],
      [2, 'failed'],
      [1, 'failed'],
    ]);
  });

  it('that is under way when the host stops is interrupted, and goes on at the next start', async () => {
    await using project = await Project.make({ config: { stopGraceMs: 500 } });
    await project.write(
      'long',
      jobSource({
        name: 'long',
        body: `ctx.workStarts();
               if (await ctx.checkpoint('seen')) return workDone({ counts: { resumed: 1 } });
               await ctx.checkpoint('seen', true);
               await new Promise((resolve) => setTimeout(resolve, 60_000));`,
      }),
    );
    const first = project.start();
    await first.waitFor({ event: 'run.started', job: 'long' });
    await expect
      .poll(
        () =>
          project.database.pool.query('select from bfd_host.checkpoint').then((r) => r.rowCount),
        { timeout: 20_000 },
      )
      .toBe(1);
    const began = performance.now();
    await first.stop();
    const tookMs = performance.now() - began;

    const second = project.start();
    const end = await second.waitFor({ event: 'run.finished', job: 'long' });

    expect(tookMs).toBeLessThan(5000);
    expect(first.events.at(-2)).toMatchObject({ event: 'run.finished', result: 'interrupted' });
    expect(end).toMatchObject({ result: 'succeeded', attempt: 1, 'counts.resumed': 1 });
  });

  it('of a host that was killed is taken over, and recorded as lost', async () => {
    await using project = await Project.make();
    await project.write(
      'long',
      jobSource({
        name: 'long',
        body: `ctx.workStarts();
               if (ctx.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 600_000));
               return workDone();`,
      }),
    );
    const first = project.start();
    await first.waitFor({ event: 'run.started', job: 'long' });
    await first.kill();

    const second = project.start();
    await second.waitFor({ event: 'run.finished', job: 'long', result: 'succeeded' });

    const { runs } = await project.json<Runs>('runs');
    const runId = first.events.find(({ event }) => event === 'run.started')?.['runId'];
    const attempts = runs.filter((run) => run.runId === runId);
    expect(attempts.map(({ attempt, result }) => [attempt, result])).toEqual([
      [2, 'succeeded'],
      [1, 'lost'],
    ]);
  });
});

describe('a job that depends on another', () => {
  it('waits while that is at version 41, and runs once it is at 42', async () => {
    await using project = await Project.make();
    const { pool } = project.database;
    await pool.query('create table schema_at as select 41 as version');
    await project.write(
      'schema',
      jobSource({
        name: 'schema',
        body: `const { rows } = await this.db.query('select version from schema_at');
               return workDone({ version: String(rows[0].version) });`,
      }),
    );
    await project.write(
      'load',
      jobSource({
        name: 'load',
        declared: "dependsOn: [{ job: 'schema', version: '>=42' }]",
        body: WORKS,
      }),
    );
    const host = project.start();
    await host.waitFor({
      event: 'gate.blocked',
      job: 'load',
      reason: 'schema is at version 41, and >=42 is needed',
    });

    await pool.query('update schema_at set version = 42');
    await project.command('run', 'schema');

    expect(await host.waitFor({ event: 'run.finished', job: 'load' })).toMatchObject({
      result: 'succeeded',
      trigger: 'dependency',
    });
  });
});

describe('stopping', () => {
  it('takes less than five seconds and ends every process', async () => {
    await using project = await Project.make();
    await project.write('quick', jobSource({ name: 'quick', body: WORKS }));
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'quick' });

    const began = performance.now();
    const { exitCode } = await host.stop();

    expect(exitCode).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(host.events.at(-1)).toMatchObject({ event: 'host.stopped' });
  });

  it('stops as it should when its terminal is closed, and its services with it', async () => {
    await using project = await Project.make({
      config: { database: 'embedded', s3: 'embedded', http: false },
    });
    const { child, ended } = project.begin('start', '--json');
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('host.started') && resolve());
    });
    child.kill('SIGHUP');

    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('host.stopped');
    const left = await readdir(path.join(project.folder, '.bfd'), { recursive: true });
    expect(left.filter((file) => file.endsWith('postmaster.pid'))).toEqual([]);
  }, 60_000);
});

describe('bfd-host run', () => {
  it('runs a job without a running host and exits with 0', async () => {
    await using project = await Project.make();
    await project.write('one-off', jobSource({ name: 'one-off', declared: '', body: WORKS }));

    const { exitCode, stdout } = await project.command('run', 'one-off', '--json');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('"event":"run.finished"');
  });

  it('exits with 1 when the run fails, and with 3 when it may not run', async () => {
    await using project = await Project.make();
    await project.write(
      'failing',
      jobSource({ name: 'failing', declared: '', body: "throw new JobError('BFD_TEST', 'No.');" }),
    );
    await project.write(
      'after',
      jobSource({ name: 'after', declared: "dependsOn: [{ job: 'failing' }]", body: WORKS }),
    );

    expect(await project.command('run', 'failing')).toMatchObject({ exitCode: 1 });
    expect(await project.command('run', 'after')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('the last run of failing failed'),
    });
  });

  it('names the job that was probably meant', async () => {
    await using project = await Project.make();
    await project.write('my-job', jobSource({ name: 'my-job', declared: '', body: WORKS }));

    expect(await project.command('run', 'my-jbo')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean "my-job"?'),
    });
  });
});

describe('a mistaken configuration', () => {
  it('is told whole: three mistakes are printed together', async () => {
    await using project = await Project.make({
      config: { concurrency: 0, jobs: { 'my-jbo': {}, 'my-job': { schedule: 'every day' } } },
    });
    await project.write('my-job', jobSource({ name: 'my-job', body: WORKS }));

    const { exitCode, stderr } = await project.command('start');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('3 problems');
    expect(stderr).toContain('concurrency');
    expect(stderr).toContain('did you mean "my-job"?');
    expect(stderr).toContain('jobs.my-job.schedule');
    expect(stderr).not.toContain('    at ');
  });
});
