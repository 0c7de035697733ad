// Hosts that share a database: real processes, one of which is killed, stopped and woken, or has the wrong time.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { CutOff } from '../support/cut-off.ts';
import { type HostProcess, jobSource, Project, type ToldEvent } from '../support/project.ts';

// Hosts wait for leases to run out, perhaps beside other tests.
vi.setConfig({ testTimeout: 180_000 });

const EVERY_SECOND = "schedule: { cron: '* * * * * *' }";
const STEPS = 40;

/** Commits a row a step, with the step it got to; slow enough to be interrupted. */
const STEPWISE = `
  ctx.workStarts();
  for (let step = Number((await ctx.checkpoint('step')) ?? 0); step < ${STEPS}; step++) {
    await ctx.transaction(async (tx) => {
      await tx.query('insert into steps values ($1, $2)', [step, ctx.attempt]);
      await tx.checkpoint('step', step + 1);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return workDone({ counts: { steps: ${STEPS} } });`;

const finished = (hosts: readonly HostProcess[], job: string): ToldEvent[] =>
  hosts.flatMap(({ events }) =>
    events.filter((event) => event.event === 'run.finished' && event.job === job),
  );

async function stepwise(): Promise<Project> {
  const project = await Project.make();
  // No key: what is done twice is there twice.
  await project.database.pool.query('create table steps (step int, attempt int)');
  await project.write('stepwise', jobSource({ name: 'stepwise', declared: '', body: STEPWISE }));
  return project;
}

/** Two hosts, the first of which is in the middle of the run. */
async function twoHostsAtWork(project: Project) {
  const hosts = [project.start(), project.start()] as const;
  await Promise.all(hosts.map((host) => host.waitFor({ event: 'host.started' })));
  const begins = hosts.map(async (host) => {
    await host.waitFor({ event: 'run.started', job: 'stepwise' });
    return host;
  });
  await project.json('run', 'stepwise', '--detach');
  const first = await Promise.race(begins);
  const [second = first] = hosts.filter((host) => host !== first);
  return { first, second };
}

const steps = async ({ database }: Project) => {
  const { rows } = await database.pool.query<{ step: number; attempt: number }>(
    'select step, attempt from steps order by step',
  );
  return rows;
};

describe.concurrent('two hosts', () => {
  it('make one run of each fire', async () => {
    await using project = await Project.make();
    await project.write(
      'ticking',
      jobSource({
        name: 'ticking',
        declared: EVERY_SECOND,
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const hosts = [project.start(), project.start()];
    await expect
      .poll(() => finished(hosts, 'ticking').length, { timeout: 60_000 })
      .toBeGreaterThan(7);
    await Promise.all(hosts.map((host) => host.stop()));

    const { rows } = await project.database.pool.query(
      "select trigger_detail as fire, count(*)::int as runs from bfd_host.run where result = 'succeeded' group by 1 having count(*) > 1",
    );
    expect(rows).toEqual([]);
    // Both had their share, or one did it all: either way no run is told twice.
    const ids = finished(hosts, 'ticking').map(({ runId }) => runId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('run only what each has, and its own version of it', async () => {
    await using project = await Project.make();
    await using other = await project.beside();
    const says = (text: string) => `ctx.workStarts(); return workDone({ version: '${text}' });`;
    await project.write(
      'mine',
      jobSource({ name: 'mine', declared: EVERY_SECOND, body: says('1') }),
    );
    await other.write(
      'yours',
      jobSource({ name: 'yours', declared: EVERY_SECOND, body: says('2') }),
    );
    const [one, two] = [project.start(), other.start()];
    await one.waitFor({ event: 'run.finished', job: 'mine' }, 2);
    await two.waitFor({ event: 'run.finished', job: 'yours' }, 2);

    expect(finished([one], 'yours')).toEqual([]);
    expect(finished([two], 'mine')).toEqual([]);
  });

  it('with clocks that are wrong by minutes fire on time and once', async () => {
    await using project = await Project.make();
    await project.write(
      'ticking',
      jobSource({
        name: 'ticking',
        declared: EVERY_SECOND,
        body: 'ctx.workStarts(); return workDone();',
      }),
    );
    const moved = pathToFileURL(path.join(import.meta.dirname, 'moved-clock.mjs')).href;
    const start = (minutes: number) =>
      project.start({ NODE_OPTIONS: `--import=${moved}`, MINUTES_AHEAD: String(minutes) });
    const hosts = [start(7), start(-11)];
    await expect
      .poll(() => finished(hosts, 'ticking').length, { timeout: 60_000 })
      .toBeGreaterThan(6);
    const told = finished(hosts, 'ticking').map(
      ({ time }) => Date.parse(String(time)) - Date.now(),
    );
    await Promise.all(hosts.map((host) => host.stop()));

    // The hosts' own clocks are as wrong as they should be …
    expect(told.every((aheadMs) => aheadMs > 5 * 60_000 || aheadMs < -9 * 60_000)).toBe(true);
    // … and no fire came before its time, twice, or was missed.
    const { pool } = project.database;
    const { rows } = await pool.query(
      `select count(*)::int as runs, count(distinct trigger_detail)::int as fires,
              min(extract(epoch from started_at - trigger_detail::timestamptz)) as earliest,
              max(extract(epoch from started_at - trigger_detail::timestamptz)) as latest
         from bfd_host.run`,
    );
    expect(rows[0].runs).toBe(rows[0].fires);
    expect(Number(rows[0].earliest)).toBeGreaterThanOrEqual(0);
    expect(Number(rows[0].latest)).toBeLessThan(30);
    expect((await pool.query('select from bfd_host.missed')).rowCount).toBe(0);
  });
});

describe.concurrent('a host that is killed in a run', () => {
  it('has its run taken over by the other, and every step is committed once', async () => {
    await using project = await stepwise();
    const { first, second } = await twoHostsAtWork(project);
    await first.kill();
    const killedAt = Date.now();

    const again = await second.waitFor({ event: 'run.started', job: 'stepwise', attempt: 2 });
    await second.waitFor({ event: 'run.finished', job: 'stepwise', result: 'succeeded' });

    const takenOverMs = Date.parse(String(again['time'])) - killedAt;
    console.log(`taken over after ${takenOverMs} ms`);
    expect((await steps(project)).map(({ step }) => step)).toEqual(
      Array.from({ length: STEPS }, (_, n) => n),
    );
    expect(finished([second], 'stepwise').map(({ result }) => result)).toEqual([
      'lost',
      'succeeded',
    ]);
  });

  it('is told as lost although nobody runs the job again', async () => {
    await using project = await Project.make();
    const never = 'ctx.workStarts(); await new Promise((resolve) => setTimeout(resolve, 600_000));';
    await project.write('long', jobSource({ name: 'long', declared: '', body: never }));
    const host = project.start();
    await host.waitFor({ event: 'host.started' });
    const { child } = project.begin('run', 'long', '--json');
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGKILL');

    const lost = await host.waitFor({ event: 'run.finished', job: 'long', result: 'lost' });

    expect(lost).toMatchObject({ errorCode: 'BFD_RUN_LOST', trigger: 'manual' });
  });
});

describe.concurrent('a host that is cut off in a transaction of its run', () => {
  it('has its run taken over, although that transaction holds the row of the lease', async ({
    expect,
  }) => {
    await using project = await Project.make();
    await using other = await project.beside();
    await using way = await CutOff.before(project.database.url);
    const body = `
      ctx.workStarts();
      if (ctx.attempt > 1) return workDone();
      await ctx.transaction(async (tx) => {
        await tx.checkpoint('at', 1);
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      });`;
    for (const place of [project, other]) {
      await place.write('held', jobSource({ name: 'held', declared: '', body }));
    }
    await project.configure({ database: way.url });
    const first = project.start();
    await first.waitFor({ event: 'host.started' });
    await project.json('run', 'held', '--detach');
    const heldOpen = async () => {
      const { rowCount } = await project.database.pool.query(
        "select from pg_stat_activity where application_name like 'bfd:held:%' and state = 'idle in transaction' and query like '%checkpoint_put%'",
      );
      return rowCount;
    };
    await expect.poll(heldOpen, { timeout: 30_000 }).toBe(1);
    way.silent();

    const second = other.start();
    await second.waitFor({ event: 'run.finished', job: 'held', result: 'lost' });
    await second.waitFor({ event: 'run.finished', job: 'held', result: 'succeeded', attempt: 2 });

    expect(await heldOpen()).toBe(0);
  });
});

describe.concurrent('a host that is stopped in a run and woken when another has it', () => {
  it('commits nothing more and records nothing', async () => {
    await using project = await stepwise();
    const { first, second } = await twoHostsAtWork(project);
    first.signal('SIGSTOP');

    await second.waitFor({ event: 'run.started', job: 'stepwise', attempt: 2 });
    first.signal('SIGCONT');
    await second.waitFor({ event: 'run.finished', job: 'stepwise', result: 'succeeded' });
    await first.stop();

    const done = await steps(project);
    expect(done.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, n) => n));
    // Once the second attempt has committed, the first never does.
    const attempts = done.map(({ attempt }) => attempt);
    expect(attempts).toEqual([...attempts].sort());
    const { rows } = await project.database.pool.query(
      'select attempt, result from bfd_host.run order by attempt',
    );
    expect(rows).toEqual([
      { attempt: 1, result: 'lost' },
      { attempt: 2, result: 'succeeded' },
    ]);
  });
});
