// Processes that end in the middle of a run.

import { crashed, fault } from './fault.ts';

const EXITED = crashed('BFD_JOB_EXITED');
const KILLED = crashed('BFD_JOB_KILLED');

export const DYING = [
  fault('exits', 'ends its process with code 3', EXITED, 'process.exit(3);'),
  fault('exits-well', 'ends its process with code 0', EXITED, 'process.exit(0);'),
  fault('aborts', 'aborts its process', KILLED, 'process.abort();'),
  fault(
    'kills-itself',
    'sends itself SIGKILL',
    KILLED,
    "process.kill(process.pid, 'SIGKILL'); await delay(60_000);",
  ),
  fault(
    'segfaults',
    'dies of SIGSEGV',
    KILLED,
    "process.kill(process.pid, 'SIGSEGV'); await delay(60_000);",
    { isQuick: true },
  ),
  fault(
    'blocks-its-exit',
    'exits, with an exit handler that never ends',
    crashed('BFD_JOB_BLOCKED'),
    "process.on('exit', () => { for (;;); }); process.exit(0);",
    { plugin: { blockedSeconds: 3 } },
  ),
  fault(
    'kills-its-group',
    'sends SIGKILL to its process group',
    KILLED,
    "process.kill(0, 'SIGKILL'); await delay(60_000);",
  ),
];
