// What a run left on the machine and in the database: nothing, if all is well.

import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/**
 * Processes of a job that its host did not start itself: what the job started and left behind.
 *
 * A job's process has its temporary folder in its environment, whose path names the host's process and the job; what
 * the job starts inherits that.
 */
export function orphansOf(job: string, hostPid: number): number[] {
  const home = new RegExp(
    `(^|\0)HOME=[^\0]*/job-processes-${hostPid}-[^\0]*/jobs/${job}-[0-9a-f]{8}\0`,
  );
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => home.test(procFile(pid, 'environ')) && parentOf(pid) !== hostPid);
}

/** Transactions and advisory locks that sessions of a job still have. */
export async function leftInDatabase(job: string, admin: pg.Pool): Promise<number> {
  const { rows } = await admin.query(
    `select count(*)::int as count
       from pg_stat_activity s
      where starts_with(s.application_name, $1)
        and (s.xact_start is not null
             or exists (select 1 from pg_locks l where l.pid = s.pid and l.locktype = 'advisory'))`,
    [`bfd:${job}:`],
  );
  return rows[0].count;
}

function parentOf(pid: number): number {
  const stat = procFile(pid, 'stat');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? -1 : Number(parent);
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}
