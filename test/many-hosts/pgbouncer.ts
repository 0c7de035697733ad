/** A real PgBouncer in transaction mode before a database of a test, where the machine has one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../../tools/local-stack/src/ports.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(
  (file) => existsSync(file),
);

export const hasPgBouncer = PROGRAM !== undefined;

export interface PgBouncer extends AsyncDisposable {
  /** The database, through the pooler. */
  readonly url: string;
}

/** @param serverConnections - how many it has to the database, for however many come to it */
export async function startPgBouncer(
  databaseUrl: string,
  serverConnections: number,
): Promise<PgBouncer> {
  if (PROGRAM === undefined) throw new Error('there is no PgBouncer on this machine');
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-pgbouncer-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const own = await freePort();
  await writeFile(path.join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  await writeFile(
    path.join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = plain
auth_file = ${path.join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 200
`,
  );
  // It refuses to be root; whom it becomes must be able to read its files.
  const isRoot = process.getuid?.() === 0;
  await chmod(folder, 0o755);
  const args = [...(isRoot ? ['-u', 'nobody'] : []), path.join(folder, 'pgbouncer.ini')];
  const program = spawn(PROGRAM, args, { stdio: 'ignore' });
  const ended = once(program, 'exit');
  starting.defer(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  const url = `postgresql://${username}:${password}@127.0.0.1:${own}${pathname}`;
  await untilItAnswers(url, ended);
  const started = starting.move();
  return { url, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function untilItAnswers(url: string, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      if (hasEnded) throw new Error('PgBouncer ended', { cause: error });
    } finally {
      await client.end().catch(() => {});
    }
  }
}
