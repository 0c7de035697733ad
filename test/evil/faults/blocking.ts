// Main threads that do not come back, and runs that do not heed that they are to stop.

import { crashed, fault, TIMED_OUT } from './fault.ts';

const BLOCKED = crashed('BFD_JOB_BLOCKED');
const soon = { plugin: { blockedSeconds: 3 } } as const;
const short = { job: { timeout: { softMs: 300, hardMs: 900 } } } as const;

export const BLOCKING = [
  fault('loops', 'loops without end', BLOCKED, 'for (let n = 0; ; n = (n + 1) % 1000);', {
    ...soon,
    isQuick: true,
  }),
  fault(
    'backtracks',
    'matches a catastrophic regular expression',
    BLOCKED,
    "/^(a+)+$/.test('a'.repeat(60) + '!');",
    soon,
  ),
  fault(
    'waits-atomically',
    'blocks in Atomics.wait',
    BLOCKED,
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
    soon,
  ),
  fault(
    'starves-events',
    'queues microtasks without end',
    BLOCKED,
    'for (;;) await undefined;',
    soon,
  ),
  fault(
    'stops-itself',
    'sends itself SIGSTOP',
    BLOCKED,
    "process.kill(process.pid, 'SIGSTOP'); await delay(60_000);",
    soon,
  ),
  fault('never-settles', 'never settles', TIMED_OUT, 'await new Promise(() => {});', {
    ...short,
    isQuick: true,
  }),
  fault(
    'ignores-abort',
    'goes on when its signal aborts',
    TIMED_OUT,
    'for (;;) await delay(50);',
    short,
  ),
  fault(
    'ignores-signals',
    'handles SIGTERM and SIGINT by doing nothing',
    TIMED_OUT,
    `for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {});
     for (;;) await delay(50);`,
    short,
  ),
  fault(
    'swallows-abort',
    'answers its abort by blocking for good',
    TIMED_OUT,
    "ctx.signal.addEventListener('abort', () => { for (;;); }); await new Promise(() => {});",
    short,
  ),
  fault(
    'blocks-in-native',
    'computes for minutes outside of JavaScript',
    BLOCKED,
    "pbkdf2Sync('x', 'y', 2 ** 30, 64, 'sha512');",
    { ...soon, module: "import { pbkdf2Sync } from 'node:crypto';" },
  ),
];
