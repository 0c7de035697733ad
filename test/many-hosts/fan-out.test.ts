// Items of `ctx.forEach` with `"fanOut": true`, worked on by real hosts on one database, and what comes of them when items,
// their processes and hosts go wrong.

import { describe, expect, it } from 'vitest';
import { type HostProcess, Project } from '../support/project.ts';

interface FanOutSource {
  readonly count: number;
  readonly forItem: string;
  /** Of `forEach`, as source. */
  readonly options?: string;
}

/** A job that spreads `count` items; `forItem` is the body of the method, with `item`, `ctx` and `this.db` there. */
function fanOutSource({ count, forItem, options = '{}' }: FanOutSource): string {
  return `
    import { DB_POOL, definePlugin, inject, Job, JobError, safe, workDone } from '@bfd-host/sdk';
    @Job({ name: 'spread', version: '1.0.0', startup: true })
    class Spread {
      constructor(@inject(DB_POOL) db) { this.db = db; }
      async run(ctx) {
        const { done, failed, results } = await ctx.forEach(Array.from({ length: ${count} }, (_, n) => ({ n })), ${options});
        await this.db.query('insert into ends values ($1, $2, $3)', [ctx.attempt, JSON.stringify(failed), JSON.stringify(results)]);
        return workDone({ counts: { items: done, spread: Number(ctx.fansOut) } });
      }
      async forItem(item, ctx) { ${forItem} }
    }
    export default definePlugin({ jobs: [Spread] });
    void [JobError, safe];
  `;
}

const NOTE =
  "await this.db.query(`insert into worked values ($1, $2, current_setting('application_name'))`, [item.n, ctx.attempt]);";

const NEVER_READY = `
  if (item.n === 5) throw new JobError('NEVER_READY', 'This one never is.', {}, {
    places: [{ code: 'BAD_LINE', file: safe.file('data/lines.csv'), line: 3 }],
  });`;
const NEVER_READY_LISTED = {
  index: 5,
  code: 'NEVER_READY',
  places: [{ code: 'BAD_LINE', file: 'data/lines.csv', line: 3 }],
};

async function projectWith(
  source: FanOutSource,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Project> {
  const project = await Project.make({
    config: { concurrency: 1, http: false, jobs: { spread: { fanOut: true, ...settings } } },
  });
  await project.database.pool.query(`
    create table worked (n int, attempt int, by text);
    create table ends (attempt int, failed json, results json)`);
  await project.write('spread', fanOutSource(source));
  return project;
}

async function one<T>(project: Project, query: string): Promise<T> {
  const { rows } = await project.database.pool.query(query);
  return rows[0];
}

const finished = (host: HostProcess) => host.waitFor({ event: 'run.finished', job: 'spread' });

async function until(project: Project, query: string): Promise<void> {
  await expect
    .poll(async () => (await one<{ yes: boolean }>(project, `select ${query} as yes`)).yes, {
      timeout: 30_000,
      interval: 50,
    })
    .toBe(true);
}

describe('items of a run that go to all hosts', { timeout: 90_000 }, () => {
  it('are all done, and the run ends once, though one of three hosts is killed among them', async () => {
    await using project = await projectWith({
      count: 10_000,
      forItem: `${NOTE} return item.n * 2;`,
    });
    const first = project.start();
    await first.waitFor({ event: 'run.started', job: 'spread' });
    const others = [project.start(), project.start()];
    await Promise.all(others.map((host) => host.waitFor({ event: 'host.started' })));
    await until(project, '(select count(distinct by) = 3 from worked)');
    await others[0]?.kill();

    const end = await finished(first);

    expect(end).toMatchObject({ result: 'succeeded', 'counts.items': 10_000 });
    const { items, again } = await one<{ items: number; again: number }>(
      project,
      'select count(distinct n)::int as items, (count(*) - count(distinct n))::int as again from worked',
    );
    expect(items).toBe(10_000);
    // What the killed host was about is done again, and nothing else.
    expect(again).toBeLessThanOrEqual(50);
    const { ends, results } = await one<{ ends: number; results: number[] }>(
      project,
      'select count(*) over ()::int as ends, results from ends',
    );
    expect(ends).toBe(1);
    expect(results).toEqual(Array.from({ length: 10_000 }, (_, n) => n * 2));
  }, 120_000);

  it('are tried again each for itself, and listed when they fail for good', async () => {
    await using project = await projectWith(
      {
        count: 8,
        forItem: `${NOTE}
          if (item.n === 3 && ctx.attempt === 1) throw new JobError('NOT_YET', 'This one is not ready.');
          ${NEVER_READY}`,
      },
      { retries: { limit: 2, delayMs: 100 } },
    );
    const host = project.start();

    expect(await finished(host)).toMatchObject({ result: 'succeeded', 'counts.items': 7 });
    expect(host.events.filter(({ event }) => event === 'item.failed')).toMatchObject([
      {
        index: 5,
        attempt: 3,
        errorCode: 'NEVER_READY',
        places: ['data/lines.csv, line 3: BAD_LINE'],
      },
    ]);
    const { failed } = await one<{ failed: unknown }>(project, 'select failed from ends');
    expect(failed).toEqual([NEVER_READY_LISTED]);
    const { tries } = await one<{ tries: unknown }>(
      project,
      'select json_object_agg(n, times) as tries from (select n, count(*) as times from worked where n in (1, 3, 5) group by n) as each',
    );
    expect(tries).toEqual({ 1: 1, 3: 2, 5: 3 });
  });

  it('are listed alike when they fail in the process of the run, which knows where they are worked on', async () => {
    await using project = await projectWith({ count: 8, forItem: NEVER_READY });
    const spread: number[] = [];
    for (const fanOut of [true, false]) {
      await project.configure({ http: false, jobs: { spread: { fanOut } } });
      const { stdout } = await project.command('run', 'spread', '--json');
      const told = stdout.split('\n').find((line) => line.includes('"run.finished"'));
      spread.push(JSON.parse(told ?? '{}')['counts.spread']);
    }

    expect(spread).toEqual([1, 0]);
    const { lists } = await one<{ lists: unknown }>(
      project,
      'select json_agg(failed) as lists from ends',
    );
    expect(lists).toEqual([[NEVER_READY_LISTED], [NEVER_READY_LISTED]]);
  });

  it('that end their process fail alone', async () => {
    await using project = await projectWith({
      count: 12,
      forItem: `if (item.n === 7) process.kill(process.pid, 'SIGKILL'); ${NOTE}`,
    });
    const host = project.start();

    expect(await finished(host)).toMatchObject({ result: 'succeeded', 'counts.items': 11 });
    const { failed } = await one<{ failed: unknown }>(project, 'select failed from ends');
    expect(failed).toEqual([{ index: 7, code: expect.stringMatching(/^BFD_/) }]);
  });

  it.each(['{ concurrency: 2.5 }', '{ concurrency: Infinity }', '{ concurrency: NaN }'])(
    'take whatever number a job says to work on at a time: %s',
    async (options) => {
      await using project = await projectWith({ count: 6, forItem: NOTE, options });
      const host = project.start();

      expect(await finished(host)).toMatchObject({ result: 'succeeded', 'counts.items': 6 });
    },
  );

  it('tell how far they are as the progress of the run', async () => {
    await using project = await projectWith({ count: 40, forItem: NOTE });
    const host = project.start();
    await finished(host);

    const { progress } = await one<{ progress: unknown }>(
      project,
      "select progress from bfd_host.run where job_name = 'spread'",
    );
    expect(progress).toMatchObject({ done: 40, total: 40, unit: 'items' });
  });

  it('end when the run is cancelled, on all hosts, and are not begun again', async () => {
    await using project = await projectWith({
      count: 50,
      forItem: `${NOTE} await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));`,
    });
    const first = project.start();
    await first.waitFor({ event: 'run.started', job: 'spread' });
    const second = project.start();
    await second.waitFor({ event: 'host.started' });
    await until(project, '(select count(distinct by) = 2 from worked)');

    expect(await project.command('cancel', 'spread')).toMatchObject({ exitCode: 0 });

    expect(await finished(first)).toMatchObject({ result: 'cancelled' });
    await until(project, "not exists (select from pgboss.job where name like 'bfd-items.%')");
  });

  it('that are done stay done when the host of the run dies, and another one goes on with the rest', async () => {
    await using project = await projectWith({
      count: 60,
      forItem: `${NOTE} if (item.n >= 20) await new Promise((resolve) => setTimeout(resolve, 300)); return item.n;`,
    });
    const first = project.start();
    await until(project, '(select count(*) > 25 from worked)');
    await first.kill();
    const { early } = await one<{ early: number[] }>(
      project,
      `select coalesce(json_agg((data -> 'item' ->> 'n')::int), '[]') as early from pgboss.job
        where name like 'bfd-items.%' and state = 'completed'`,
    );
    const second = project.start();

    expect(await finished(second)).toMatchObject({ result: 'lost' });
    await second.waitFor({ event: 'run.finished', job: 'spread', result: 'succeeded' });
    expect(early.length).toBeGreaterThan(10);
    const { twice } = await one<{ twice: number[] }>(
      project,
      "select coalesce(json_agg(n), '[]') as twice from (select n from worked group by n having count(*) > 1) as again",
    );
    expect(twice.filter((n) => early.includes(n))).toEqual([]);
    const { results } = await one<{ results: number[] }>(project, 'select results from ends');
    expect(results).toEqual(Array.from({ length: 60 }, (_, n) => n));
  }, 90_000);

  it('are done by `run` itself where there is no host', async () => {
    await using project = await projectWith({ count: 30, forItem: NOTE });

    const { exitCode, stdout } = await project.command('run', 'spread', '--json');

    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect(await one(project, 'select count(distinct n)::int as items from worked')).toEqual({
      items: 30,
    });
  });

  it('that are no JSON, or too large, fail at their places', async () => {
    await using project = await projectWith({ count: 1, forItem: 'return 1;' });
    await project.write(
      'spread',
      fanOutSource({ count: 3, forItem: 'return item.n;' }).replace(
        '({ n })',
        "(n === 1 ? { text: 'x'.repeat(70000) } : { n })",
      ),
    );
    const host = project.start();

    expect(await finished(host)).toMatchObject({ result: 'succeeded', 'counts.items': 2 });
    expect(await one(project, 'select failed, results from ends')).toEqual({
      failed: [{ index: 1, code: 'BFD_ITEM_VALUE' }],
      results: [0, null, 2],
    });
  });
});
