// Runs that leave something behind.

import { crashed, fault, SUCCEEDED } from './fault.ts';

const mayStartPrograms = {
  module: "import { spawn } from 'node:child_process';",
  privileges: 'childProcesses: true',
  plugin: { grant: { childProcesses: true } },
} as const;

export const LEAVING = [
  fault(
    'leaves-program',
    'leaves a program behind, in its own process group',
    SUCCEEDED,
    "spawn('/bin/sleep', ['600'], { stdio: 'ignore' }).unref();",
    mayStartPrograms,
  ),
  fault(
    'leaves-program-in-session',
    'leaves a program behind, in a session of its own',
    SUCCEEDED,
    "spawn('/bin/sleep', ['600'], { stdio: 'ignore', detached: true }).unref();",
    { ...mayStartPrograms, isQuick: true },
  ),
  fault(
    'leaves-program-of-program',
    'dies with a program behind that left its session and lost its parent',
    crashed('BFD_JOB_EXITED'),
    `const shell = spawn('/bin/sh', ['-c', 'setsid sleep 600 & exit 0'], { stdio: 'ignore' });
     await new Promise((done) => shell.once('exit', done));
     process.exit(1);`,
    mayStartPrograms,
  ),
  fault(
    'leaves-transaction',
    'leaves a transaction open, with a lock on a table',
    SUCCEEDED,
    `const client = await this.db.connect();
     await client.query('begin');
     await client.query('lock table evil_ground in access exclusive mode');`,
  ),
  fault(
    'leaves-lock',
    'leaves an advisory lock held',
    SUCCEEDED,
    "const client = await this.db.connect(); await client.query('select pg_advisory_lock(4711)');",
  ),
  fault(
    'dies-in-transaction',
    'dies while a statement runs, a transaction is open and locks are held',
    crashed('BFD_JOB_EXITED'),
    `const client = await this.db.connect();
     await client.query('begin');
     await client.query('lock table evil_ground in access exclusive mode');
     await client.query('select pg_advisory_lock(4711)');
     void client.query('select pg_sleep(600)').catch(() => {});
     await delay(100);
     process.exit(1);`,
    { isQuick: true },
  ),
  fault(
    'ends-pool',
    'ends the connection pool',
    SUCCEEDED,
    "await this.db.query('select 1'); await this.db.end();",
  ),
  fault(
    'leaves-handles',
    'leaves a server, a timer and a watcher open, without reference',
    SUCCEEDED,
    `net.createServer().listen(0, '127.0.0.1').unref();
     setInterval(() => {}, 1000).unref();
     fs.watch(ctx.tempFolder).unref();`,
    {
      module: "import net from 'node:net';",
      privileges: 'network: true',
      plugin: { grant: { network: true } },
    },
  ),
  fault(
    'leaves-interval',
    'leaves a timer that goes on for ever',
    SUCCEEDED,
    'setInterval(() => {}, 1);',
  ),
  fault(
    'hangs-in-dispose',
    'leaves a timer, and never ends when it is disposed of',
    SUCCEEDED,
    'this.dispose = () => new Promise(() => {}); setInterval(() => {}, 1);',
  ),
];
