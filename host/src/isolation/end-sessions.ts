// Ends what a dead process left in the database. The server notices a closed connection only when it next reads or
// writes; until then a long statement, its transaction and its locks go on without anybody to want them.

import pg from 'pg';
import { sessionName } from './session-name.ts';

const CONNECT_MS = 2000;
const GONE_MS = 3000;

const END_SESSIONS = `
  select pg_terminate_backend(pid, ${GONE_MS}) from pg_stat_activity
   where starts_with(application_name, $1) and usename = current_user and pid <> pg_backend_pid()`;

/**
 * Ends the sessions whose `application_name` begins so, and waits until they are gone. What cannot be done now,
 * because the database is away, is given up: then its sessions are ending too.
 */
export async function endSessions(url: string, namePrefix: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: 2 * GONE_MS,
    application_name: 'bfd-host cleaner',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(END_SESSIONS, [namePrefix]);
  } catch {
    // See above.
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Ends all sessions of a job, of whatever host. For whoever has just claimed its lease: what still runs belongs to
 * somebody who lost it.
 *
 * @param url - of the role the job has
 */
export function endSessionsOfJob(url: string, job: string): Promise<void> {
  return endSessions(url, sessionName(job, '', '').slice(0, -1));
}
