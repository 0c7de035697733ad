// The graph of jobs that BFD has: the schema, the load after it, two fix-ups after that. Real hosts, real processes.

import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const FIX_UPS = ['fix-up-of-people', 'fix-up-of-history'] as const;
const IN_ORDER = ['schema', 'load', 'fix-up-of-history', 'fix-up-of-people'];

interface Runs {
  readonly runs: readonly {
    readonly job: string;
    readonly result: string;
    readonly startedAt: string;
    readonly finishedAt: string;
  }[];
}

/** Both fix-ups end well only if each sees the other at work. */
const MEETS = `
  ctx.workStarts();
  await this.db.query('insert into at_work values ($1)', [ctx.runId]);
  for (;;) {
    const { rows } = await this.db.query('select count(*)::int as jobs from at_work');
    if (rows[0].jobs === 2) return workDone();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }`;

async function theirGraph(concurrency: number, fixUp: string): Promise<Project> {
  const project = await Project.make({ config: { concurrency } });
  await project.database.pool.query(
    'create table at_work (run uuid); create table schema_at as select 42 as version',
  );
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
      declared: "startup: true, dependsOn: [{ job: 'schema', version: '>=42' }]",
      body: 'ctx.workStarts(); return workDone();',
    }),
  );
  for (const name of FIX_UPS) {
    await project.write(
      name,
      jobSource({ name, declared: "dependsOn: [{ job: 'load' }]", body: fixUp }),
    );
  }
  return project;
}

const spans = ({ runs }: Runs) =>
  runs
    .map(({ job, startedAt, finishedAt }) => ({
      job,
      from: Date.parse(startedAt),
      to: Date.parse(finishedAt),
    }))
    .sort((a, b) => a.from - b.from);

describe('schema, load and two fix-ups', () => {
  it('run one after the other, in order, one at a time', async () => {
    await using project = await theirGraph(1, 'ctx.workStarts(); return workDone();');
    const host = project.start();
    for (const job of IN_ORDER) await host.waitFor({ event: 'run.finished', job });

    const ran = spans(await project.json<Runs>('runs'));

    expect(ran.map(({ job }) => job)).toEqual(IN_ORDER);
    ran.slice(1).forEach(({ from }, index) => {
      expect(from).toBeGreaterThanOrEqual(ran[index]?.to ?? Number.POSITIVE_INFINITY);
    });
  });

  it('run with the fix-ups together, four at a time', async () => {
    await using project = await theirGraph(4, MEETS);
    const host = project.start();

    const ends = await Promise.all(
      FIX_UPS.map((job) => host.waitFor({ event: 'run.finished', job })),
    );

    expect(ends.map(({ result }) => result)).toEqual(['succeeded', 'succeeded']);
  });

  it('go by what finished last, also when no run record is left', async () => {
    await using project = await theirGraph(1, 'ctx.workStarts(); return workDone();');
    const { pool } = project.database;
    const host = project.start();
    for (const job of IN_ORDER) await host.waitFor({ event: 'run.finished', job });
    await pool.query('delete from bfd_host.run');

    expect(await project.command('run', 'load')).toMatchObject({ exitCode: 0 });
    await host.waitFor({ event: 'run.finished', job: 'fix-up-of-people' }, 2);

    await pool.query('update schema_at set version = 41');
    await project.command('run', 'schema');
    await pool.query('delete from bfd_host.run');
    expect(await project.command('run', 'load')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('schema is at version 41, and >=42 is needed'),
    });
  });
});

describe('a job on a schedule that asks to run again when the version of another changes', () => {
  it('does so then, and only then', async () => {
    await using project = await Project.make();
    const { pool } = project.database;
    await pool.query('create table schema_at as select 42 as version');
    await project.write(
      'schema',
      jobSource({
        name: 'schema',
        body: `const { rows } = await this.db.query('select version from schema_at');
               return nothingToDo({ version: String(rows[0].version) });`,
      }),
    );
    await project.write(
      'report',
      jobSource({
        name: 'report',
        declared: `startup: true, schedule: { cron: '0 0 29 2 *' },
                   dependsOn: [{ job: 'schema', rerunOnVersionChange: true }]`,
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'report' });

    await project.command('run', 'schema');
    await pool.query('update schema_at set version = 43');
    await project.command('run', 'schema');

    const again = await host.waitFor({ event: 'run.finished', job: 'report' }, 2);
    expect(again).toMatchObject({ trigger: 'dependency' });
    const { rows } = await pool.query("select ran_with from bfd_host.job where name = 'report'");
    expect(rows).toEqual([{ ran_with: { schema: '43' } }]);
    expect(
      host.events.filter(({ event, job }) => event === 'run.started' && job === 'report'),
    ).toHaveLength(2);
  });
});

describe('jobs of different hosts', () => {
  it('follow each other, and a host that was away makes up for it', async () => {
    await using project = await Project.make();
    await using other = await project.beside();
    await project.write(
      'load',
      jobSource({ name: 'load', body: 'ctx.workStarts(); return workDone();' }),
    );
    await other.write(
      'fix-up',
      jobSource({
        name: 'fix-up',
        declared: "dependsOn: [{ job: 'load', optional: true }]",
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const loading = project.start();
    await loading.waitFor({ event: 'run.finished', job: 'load' });

    const fixing = other.start();
    await fixing.waitFor({ event: 'run.finished', job: 'fix-up', trigger: 'dependency' });
    await project.command('run', 'load');

    await fixing.waitFor({ event: 'run.finished', job: 'fix-up', trigger: 'dependency' }, 2);
  });
});
