// What `bfd-host run` knows for the sake of those who start it: which run a try belongs to, and whether there is work to
// follow. The list of behaviours shows the rest.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Project } from '../support/project.ts';
import { behavioursProject } from './exported-project.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('bfd-host run', () => {
  let project: Project;
  beforeAll(async () => {
    project = await behavioursProject();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it('with --after-work does nothing, and says so, while no job that it follows did work', async () => {
    const { exitCode, stderr } = await project.command('run', 'comes-after', '--after-work');

    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      'comes-after was not run: no job that it follows did work since it last began.\n',
    );
  });

  it('with --after-work is a mistake for a job that follows no other', async () => {
    const { exitCode, stderr } = await project.command('run', 'succeeds', '--after-work');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('BFD_FOLLOWS_NOBODY');
  });

  it('with the --run-id of a run that succeeded does not run it again', async () => {
    const once = await project.command('run', 'succeeds', '--run-id', 'theirs');
    const again = await project.command('run', 'succeeds', '--run-id', 'theirs');

    expect([once, again]).toMatchObject([
      { exitCode: 0, stdout: expect.stringContaining('run.finished') },
      { exitCode: 0, stdout: '', stderr: expect.stringContaining('was not run again') },
    ]);
  });

  it('writes down who asked', async () => {
    await project.command('run', 'fans-out', '--requested-by', 'somebody');

    const { rows } = await project.database.pool.query(
      "select trigger, trigger_detail from bfd_host.run where job_name = 'fans-out'",
    );
    expect(rows).toEqual([{ trigger: 'manual', trigger_detail: 'somebody' }]);
  });

  it('ends with exit code 6 when told to stop while it waits for its gates', async () => {
    const { child, ended } = project.begin('run', 'needs-42', '--wait-for', '10m');
    await untilConnected(project);
    child.kill('SIGTERM');

    expect(await ended).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('told to stop before it could begin'),
    });
  });
});

async function untilConnected(project: Project): Promise<void> {
  for (;;) {
    const { rowCount } = await project.database.pool.query(
      `select from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name like 'bfd-host%'`,
    );
    if (rowCount) return;
    await sleep(50);
  }
}
