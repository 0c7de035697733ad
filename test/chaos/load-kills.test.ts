// The load, killed again and again at random moments: its host, its process, its database sessions. Whatever is killed
// when, the tables end as those of a load that nothing happened to.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Project } from '../support/project.ts';
import { sendMadeDataSet } from './made-data-set.ts';
import { jobProcessOf } from './processes.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
/** 10 kill points in one load, or 102 in 34 of them. */
const LOADS = IS_DEEP ? 34 : 1;
const KILLS_A_LOAD = IS_DEEP ? 3 : 10;
const SECONDS = IS_DEEP ? 3_600 : 240;
const BENEFICIARIES = 5_300;
const JOB = 'ccw-rif-load';
const VICTIMS = ['host', 'process', 'session'] as const;
type Victim = (typeof VICTIMS)[number];

describe(`a load of 200,000 rows, killed at ${LOADS * KILLS_A_LOAD} random moments (102 with BFD_DEEP=1)`, () => {
  let project: Project;
  let rows: number;

  beforeAll(async () => {
    project = await Project.make({ shipped: ['database-schema', 'ccw'] });
    const config = { bucket: project.bucket.name, hashing: 'deferred', chunkBytes: 1 << 20 };
    await project.configure({ jobs: { [JOB]: { config } } });
    rows = await sendMadeDataSet(project.bucket, BENEFICIARIES);
    expect(await project.command('run', 'database-schema')).toMatchObject({ exitCode: 0 });
  }, 120_000);
  afterAll(() => project[Symbol.asyncDispose]());

  it(
    'by its host, its process and its sessions ends as one that was not',
    async () => {
      expect(rows).toBeGreaterThan(200_000);
      const began = performance.now();
      expect(await project.command('run', JOB)).toMatchObject({ exitCode: 0 });
      const runMs = performance.now() - began;
      const expected = await digests(project);

      for (let load = 0; load < LOADS; load++) {
        await empty(project);
        const kills: string[] = [];
        while (kills.length < KILLS_A_LOAD) {
          const victim = VICTIMS[(load + kills.length) % VICTIMS.length] ?? 'host';
          // Most of a run is behind its start; later kills find less to load.
          const afterMs = 0.1 * runMs + Math.random() * (runMs / 2);
          const isHit = await killOnce(project, victim, afterMs);
          kills.push(`${victim} after ${Math.round(afterMs)} ms${isHit ? '' : ', too late'}`);
        }
        const last = await project.command('run', JOB, '--json');

        const hint = `load ${load}: ${kills.join('; ')}; ${last.stdout}`;
        expect(last, hint).toMatchObject({ exitCode: 0 });
        expect(await digests(project), hint).toEqual(expected);
        expect(kills.filter((kill) => !kill.includes('too late')).length, hint).toBeGreaterThan(0);
      }
    },
    SECONDS * 1000,
  );
});

/** @returns whether the run ended because of it */
async function killOnce(project: Project, victim: Victim, afterMs: number): Promise<boolean> {
  const { child, ended } = project.begin('run', JOB, '--json');
  const isOver = await Promise.race([ended.then(() => true), delay(afterMs).then(() => false)]);
  if (!isOver) {
    const hostPid = child.pid ?? 0;
    if (victim === 'host') child.kill('SIGKILL');
    else if (victim === 'process') killProcess(jobProcessOf(hostPid));
    else await killSession(project);
  }
  const { exitCode, stderr } = await ended;
  // Blocked: the run before is thought to go on, or crashed too often. See below.
  expect(exitCode, stderr).not.toBe(3);
  await passTime(project);
  return exitCode !== 0;
}

function killProcess(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

async function killSession({ database }: Project): Promise<void> {
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'bfd:${JOB}:%' and datname = current_database()
      order by random() limit 1`,
  );
}

/** What time would do: the lease of a dead host runs out, and crashes are forgotten. */
async function passTime({ database }: Project): Promise<void> {
  await database.pool.query('update bfd_host.lease set expires_at = clock_timestamp()');
  await database.pool.query('update bfd_host.job set crashes = null');
}

/** Everything that was loaded, and that it was. */
async function empty({ database }: Project): Promise<void> {
  const { rows } = await database.pool.query<{ table: string }>(
    `select format('ccw.%I', tablename) as table from pg_tables
      where schemaname = 'ccw' and tablename <> 'schema_migration'`,
  );
  await database.pool.query(`truncate ${rows.map(({ table }) => table)}`);
}

/** For each table of records, how many rows it has and a sum over all that is in them but for times of loading. */
async function digests({ database }: Project): Promise<Record<string, string>> {
  const { rows: tables } = await database.pool.query<{ table: string; columns: string }>(
    `select table_name as table, string_agg(format('%I', column_name), ', ' order by column_name) as columns
       from information_schema.columns
      where table_schema = 'ccw' and column_name not in ('last_updated', 'bene_history_id', 'seq_id', 'operation_ts')
        and table_name in (select tablename from pg_tables where schemaname = 'ccw')
        and table_name ~ '^(beneficiar|partd_events|(carrier|dme|hha|hospice|inpatient|outpatient|snf)_claim)'
      group by table_name`,
  );
  const digests: Record<string, string> = {};
  for (const { table, columns } of tables) {
    const { rows } = await database.pool.query<{ digest: string }>(
      `select count(*) || ' ' || coalesce(sum(hashtextextended(row(${columns})::text, 0)::numeric), 0) as digest
         from ccw.${table}`,
    );
    digests[table] = rows[0]?.digest ?? '';
  }
  return digests;
}
