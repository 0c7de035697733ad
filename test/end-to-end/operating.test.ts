// What operators ask of a running host, by the commands they have for it.

import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const WORKS = 'ctx.workStarts(); return workDone();';
/** Runs until it is told to stop, and counts how often it began. */
const FOR_EVER = `ctx.workStarts();
  await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));`;

interface Why {
  readonly verdict: { readonly kind: string; readonly text: string };
  readonly because: readonly { readonly kind: string }[];
}

const verdict = async (project: Project, ...question: string[]) =>
  (await project.json<Why>('why', ...question)).verdict;

describe('a run of a host', () => {
  it('is cancelled by a command, is not tried again, and may be retried', async () => {
    await using project = await Project.make();
    await project.write(
      'long',
      jobSource({ name: 'long', declared: 'startup: true, retries: { limit: 5 }', body: FOR_EVER }),
    );
    const host = project.start();
    const { runId } = await host.waitFor({ event: 'run.started', job: 'long' });
    expect(await verdict(project, 'long')).toMatchObject({ kind: 'running' });

    const cancelled = await project.json('cancel', 'long');
    await host.waitFor({ event: 'run.finished', job: 'long', result: 'cancelled' });

    expect(cancelled).toEqual({ kind: 'asked', job: 'long', runId });
    expect(await verdict(project, 'long')).toMatchObject({
      kind: 'last-run-failed',
      text: expect.stringContaining('was cancelled'),
    });
    expect(await project.json('retry', String(runId))).toEqual({ job: 'long', runId, attempt: 2 });
    await host.waitFor({ event: 'run.started', job: 'long', runId, attempt: 2 });
    expect(await project.command('retry', 'long')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('it is running'),
    });
    await project.json('cancel', String(runId));
    await host.waitFor({ event: 'run.finished', job: 'long', attempt: 2, result: 'cancelled' });
  });

  it('of a command is cancelled by another command', async () => {
    await using project = await Project.make();
    await project.write('long', jobSource({ name: 'long', declared: '', body: FOR_EVER }));
    const { child, ended } = project.begin('run', 'long', '--json');
    await new Promise((resolve) => child.stdout?.once('data', resolve));

    await project.json('cancel', 'long');

    expect(await ended).toMatchObject({ exitCode: 6 });
  });
});

describe('a paused job', () => {
  it('starts no run, says so, and goes on when it is resumed', async () => {
    await using project = await Project.make();
    await project.write('load', jobSource({ name: 'load', body: WORKS }));
    await project.write('other', jobSource({ name: 'other', body: WORKS }));
    expect(await project.command('pause', 'load')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('load is paused'),
    });

    const host = project.start();
    await host.waitFor({ event: 'gate.blocked', job: 'load', gate: 'paused' });
    await host.waitFor({ event: 'run.finished', job: 'other' });
    expect(await verdict(project, 'load')).toMatchObject({ kind: 'paused' });
    expect(await project.command('run', 'load')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('it is paused since'),
    });
    expect(host.events.some(({ event, job }) => event === 'run.started' && job === 'load')).toBe(
      false,
    );

    await project.command('resume', 'load');

    await host.waitFor({ event: 'run.finished', job: 'load', result: 'succeeded' });
    const { rows } = await project.database.pool.query(
      "select waited_for, due_at <= started_at as waited from bfd_host.run where job_name = 'load'",
    );
    expect(rows).toEqual([{ waited_for: expect.stringContaining('it is paused'), waited: true }]);
  });

  it('has its waiting run taken back when that is cancelled', async () => {
    await using project = await Project.make();
    await project.write('load', jobSource({ name: 'load', body: WORKS }));
    await project.command('pause', 'load');
    const host = project.start();
    await host.waitFor({ event: 'gate.blocked', job: 'load' });

    expect(await project.json('cancel', 'load')).toMatchObject({ kind: 'withdrawn', job: 'load' });

    expect(await project.command('cancel', 'load')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('BFD_NOTHING_TO_CANCEL'),
    });
    const { rows } = await project.database.pool.query(
      'select action, job_name, via from bfd_host.action order by action_id',
    );
    expect(rows).toEqual([
      { action: 'pause', job_name: 'load', via: 'command' },
      { action: 'cancel', job_name: 'load', via: 'command' },
    ]);
  });
});

describe('bfd-host why', () => {
  it('tells people the cause, what is behind it and what to do', async () => {
    await using project = await Project.make();
    const failing = "throw new JobError('SCHEMA_BROKEN', 'It went wrong.');";
    await project.write('schema', jobSource({ name: 'schema', body: failing }));
    await project.write(
      'load',
      jobSource({
        name: 'load',
        declared: "startup: true, dependsOn: [{ job: 'schema' }]",
        body: WORKS,
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'gate.blocked', job: 'load', gate: 'dependency-failed' });

    const { stdout, exitCode } = await project.command('why', 'load');

    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'load: the last run of schema failed (SCHEMA_BROKEN).',
      expect.stringMatching(
        /^ {2}schema: its last run failed, .* ago\): SCHEMA_BROKEN: It went wrong\.$/,
      ),
      '  schema: it runs at the start of a host, and has no schedule',
      '  What to do: Mend what failed (`bfd-host runs --job schema`), then `bfd-host retry schema`.',
      '  What to do: `bfd-host retry schema`, once the cause is mended',
      '',
    ]);
  });

  it('says that the database is away, and of a moment that is none how to write it', async () => {
    await using project = await Project.make();
    await project.write('load', jobSource({ name: 'load', body: WORKS }));
    expect(await project.command('why', 'load', '--at', 'yesterday')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"yesterday" is no moment'),
    });
    await project.configure({ database: 'postgresql://bfd:x@127.0.0.1:1/bfd' });

    const { stdout, exitCode } = await project.command('why', 'load', '--json');

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { kind: 'database-unreachable' } });
  });
});

describe('bfd-host plan', () => {
  it('tells fires, clock changes, jobs that meet and schedules that never fire', async () => {
    await using project = await Project.make();
    const schedules = {
      nightly: "{ cron: '30 2 * * *', timezone: 'America/New_York' }",
      weekly: "{ cron: '30 7 * * SUN' }",
      hourly: "{ cron: '0 * * * *', timezone: 'America/New_York' }",
      'first-and-eighth': "{ cron: '0 0 8 * MON#1' }",
    };
    for (const [name, schedule] of Object.entries(schedules)) {
      await project.write(
        name,
        jobSource({ name, declared: `schedule: ${schedule}`, body: WORKS }),
      );
    }

    const { stdout } = await project.command('plan', '--from', '2026-03-06T12:00Z', '--days', '9');

    expect(stdout).toMatch(
      /^nightly +30 2 \* \* \* +America\/New_York +9 +2026-03-07 07:30, 2026-03-08 07:00/m,
    );
    expect(stdout).toMatch(/2026-03-08 07:00 {2}nightly comes when the clock has been put forward/);
    expect(stdout).toMatch(/^hourly .* 216 /m);
    expect(stdout).toMatch(/hourly, nightly: once, first at 2026-03-08 07:00/);
    expect(stdout).toMatch(/Never fires: first-and-eighth/);
  });
});
