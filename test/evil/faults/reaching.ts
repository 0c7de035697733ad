// Jobs that reach for what is not theirs.

import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { crashed, failed, fault, SUCCEEDED } from './fault.ts';

const NOT_PERMITTED = failed('BFD_JOB_NOT_PERMITTED');
const mayStartPrograms = {
  module: "import { spawnSync } from 'node:child_process';",
  privileges: 'childProcesses: true',
  plugin: { grant: { childProcesses: true } },
} as const;

export const REACHING = [
  fault(
    'pollutes-prototypes',
    'puts traps into Object.prototype, and empties methods of Array.prototype',
    SUCCEEDED,
    `for (const key of ['toJSON', 'type', 'runId', 'kind', 'code', 'isDirty']) {
       Object.defineProperty(Object.prototype, key, { get: () => { throw new Error('trap'); }, configurable: true });
     }
     for (const name of ['map', 'filter', 'join', 'push']) Array.prototype[name] = () => [];
     return done;`,
    { isQuick: true },
  ),
  fault(
    'breaks-node',
    'puts traps into the prototypes where Node itself steps into them',
    crashed('BFD_JOB_KILLED'),
    `Object.defineProperty(Object.prototype, 'get', { get: () => { throw new Error('trap'); } });
     Array.prototype[Symbol.iterator] = () => { throw new Error('trap'); };
     return done;`,
  ),
  fault(
    'patches-globals',
    'replaces JSON, Date, Promise and the timers',
    SUCCEEDED,
    `JSON.stringify = JSON.parse = () => 'patched';
     Date.now = performance.now = () => 0;
     Promise.race = Promise.all = () => new Promise(() => {});
     globalThis.setTimeout = globalThis.setImmediate = () => { throw new Error('patched'); };
     Buffer.from = () => { throw new Error('patched'); };
     return done;`,
  ),
  fault(
    'dumps-environment',
    'looks for secrets of the host in its environment',
    SUCCEEDED,
    `const found = Object.keys(process.env).filter((name) => name !== 'BFD_JOB_PROCESS' && /BFD|SECRET|AWS|PG|URL/.test(name));
     if (found.length > 0) throw new JobError('EVIL_FOUND_SECRETS', 'The environment holds secrets.');`,
  ),
  fault('reads-passwd', 'reads /etc/passwd', NOT_PERMITTED, "fs.readFileSync('/etc/passwd');", {
    isQuick: true,
  }),
  fault(
    'reads-host-config',
    "reads the host's configuration",
    NOT_PERMITTED,
    "fs.readFileSync('/proc/' + process.ppid + '/cwd/host.config.json');",
  ),
  fault(
    'reads-host-environment',
    "reads the host's environment",
    NOT_PERMITTED,
    "fs.readFileSync('/proc/' + process.ppid + '/environ');",
  ),
  fault(
    'writes-outside',
    'writes outside of its temporary folder',
    NOT_PERMITTED,
    "fs.writeFileSync('/tmp/evil-was-here', 'x');",
  ),
  fault('spawns-shell', 'starts a shell', NOT_PERMITTED, "spawnSync('/bin/sh', ['-c', 'id']);", {
    module: "import { spawnSync } from 'node:child_process';",
  }),
  fault(
    'starts-worker',
    'starts a worker thread',
    NOT_PERMITTED,
    "new Worker('for (;;);', { eval: true });",
    { module: "import { Worker } from 'node:worker_threads';" },
  ),
  fault(
    'connects',
    'connects to the network without a right to it',
    NOT_PERMITTED,
    "await fetch('http://127.0.0.1:18080/');",
  ),
  fault(
    'loads-addon',
    'loads a native add-on',
    NOT_PERMITTED,
    "process.dlopen({ exports: {} }, '/usr/lib/evil.node');",
  ),
  fault(
    'opens-sqlite',
    'opens a file by node:sqlite, which the permissions do not bind',
    failed('BFD_SYSTEM_UNKNOWN_BUILTIN_MODULE'),
    "const { DatabaseSync } = await import('node:sqlite'); new DatabaseSync('/tmp/evil.db');",
  ),
  fault(
    'opens-inspector',
    'opens a debugger in its process',
    NOT_PERMITTED,
    "const inspector = await import('node:inspector'); inspector.open(0, '127.0.0.1');",
  ),
  fault(
    'kills-host',
    'sends SIGKILL to the host',
    NOT_PERMITTED,
    "process.kill(process.ppid, 'SIGKILL');",
    { isQuick: true },
  ),
  fault(
    'kills-everybody',
    'sends SIGKILL to all processes it may',
    NOT_PERMITTED,
    "process.kill(-1, 'SIGKILL');",
  ),
  fault(
    'debugs-host',
    "opens the host's debugger by SIGUSR1",
    NOT_PERMITTED,
    "process.kill(process.ppid, 'SIGUSR1');",
  ),
  fault(
    'debugs-host-through-node',
    "opens the host's debugger by what Node itself has for it",
    NOT_PERMITTED,
    'process._debugProcess(process.ppid);',
  ),
  fault(
    'debugs-host-by-program',
    "opens the host's debugger by a program that sends SIGUSR1",
    SUCCEEDED,
    "spawnSync('/bin/sh', ['-c', 'kill -USR1 ' + process.ppid]);",
    mayStartPrograms,
  ),
  fault(
    'kills-host-by-program',
    'sends SIGKILL to the host by a program that it may start',
    SUCCEEDED,
    "spawnSync('/bin/sh', ['-c', 'kill -KILL ' + process.ppid]);",
    // Only another user id contains what programs do, and only root can give a process one.
    { ...mayStartPrograms, needsOwnUser: true, isQuick: true },
  ),
  fault(
    'becomes-root',
    'gives itself the user id 0',
    failed('BFD_SYSTEM_EPERM'),
    'process.setuid(0);',
  ),
  fault('links-out', 'has a symbolic link out of its folder', failed('BFD_PLUGIN_SYMLINK'), '', {
    tamper: (folder) => symlink('/etc/passwd', path.join(folder, 'data')),
    cannotWork: true,
  }),
];
