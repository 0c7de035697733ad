// Hosts behind PgBouncer in transaction mode: what cannot go through it, goes past it.

import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { hasPgBouncer, startPgBouncer } from './pgbouncer.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const USES_SESSION = `
  const client = await this.db.connect();
  await client.query('create temp table seen (n int)');
  await client.query('select pg_advisory_lock(42)');
  await client.query('insert into seen values (1)');
  const { rows } = await client.query('select count(*)::int as n from seen');
  client.release();
  await ctx.transaction((tx) => tx.query('insert into done values ($1)', [ctx.runId]));
  return workDone({ counts: { seen: rows[0].n } });`;

describe.skipIf(!hasPgBouncer)('hosts behind PgBouncer in transaction mode', () => {
  it('run jobs with few connections to the server, and jobs have sessions of their own', async () => {
    await using project = await Project.make();
    await using pooler = await startPgBouncer(project.database.url, 4);
    const { url: directUrl, pool } = project.database;
    await pool.query('create table done (run uuid primary key)');
    const schedule = "startup: true, schedule: { cron: '* * * * * *' }";
    await project.write(
      'pooled',
      jobSource({ name: 'pooled', declared: schedule, body: USES_SESSION }),
    );
    await project.configure({ database: { url: pooler.url, directUrl } });

    const hosts = [project.start(), project.start(), project.start()];
    await Promise.all(hosts.map((host) => host.waitFor({ event: 'host.started' })));
    const finished = () =>
      hosts.flatMap(({ events }) => events.filter(({ event }) => event === 'run.finished'));
    await expect.poll(() => finished().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(5);
    const sessions = await pool.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name in ('bfd-host queue') ",
    );
    await Promise.all(hosts.map((host) => host.stop()));

    const ended = finished();
    expect(ended.every(({ result }) => result === 'succeeded')).toBe(true);
    expect(ended.every((line) => line['counts.seen'] === 1)).toBe(true);
    const { rows } = await pool.query('select count(*)::int as runs from done');
    expect(rows[0].runs).toBe(new Set(ended.map(({ runId }) => runId)).size);
    expect(sessions.rows[0]?.n).toBeLessThanOrEqual(4);
  });

  it('hear each other at once: a run is cancelled although LISTEN cannot go through the pooler', async () => {
    await using project = await Project.make();
    await using pooler = await startPgBouncer(project.database.url, 4);
    await project.write(
      'long',
      jobSource({
        name: 'long',
        body: `ctx.workStarts();
          await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));`,
      }),
    );
    await project.configure({ database: { url: pooler.url, directUrl: project.database.url } });
    const host = project.start();
    await host.waitFor({ event: 'run.started', job: 'long' });

    await project.json('cancel', 'long');

    await host.waitFor({ event: 'run.finished', job: 'long', result: 'cancelled' });
  });

  it('is really one: a lock of a session is not kept through it', async () => {
    await using project = await Project.make();
    await using pooler = await startPgBouncer(project.database.url, 1);
    const one = new pg.Client({ connectionString: pooler.url });
    const other = new pg.Client({ connectionString: pooler.url });
    await one.connect();
    await other.connect();

    await one.query('select pg_advisory_lock(7)');
    const { rows } = await other.query('select pg_try_advisory_lock(7) as got');
    await Promise.all([one.end(), other.end()]);

    expect(rows).toEqual([{ got: true }]);
  });
});
