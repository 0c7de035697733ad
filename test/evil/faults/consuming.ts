// Jobs that use more than they may.

import { crashed, failed, fault, SUCCEEDED, TIMED_OUT } from './fault.ts';

const MEMORY = crashed('BFD_JOB_MEMORY');
const small = { plugin: { memoryMb: 48, rssMb: 320 } } as const;

export const CONSUMING = [
  fault(
    'fills-heap-with-objects',
    'keeps objects without end',
    MEMORY,
    'const kept = []; for (;;) kept.push({ n: kept.length, list: [1, 2, 3] });',
    { ...small, isQuick: true },
  ),
  fault(
    'fills-heap-with-strings',
    'keeps strings without end',
    MEMORY,
    "const kept = []; for (;;) kept.push(String(kept.length).padEnd(1000, 'x').split('').join(''));",
    small,
  ),
  fault(
    'fills-heap-with-closures',
    'keeps closures without end',
    MEMORY,
    'const kept = []; for (;;) { const held = new Array(100).fill(kept.length); kept.push(() => held); }',
    small,
  ),
  fault(
    'fills-heap-with-promises',
    'awaits ever more promises, and leaves its thread free in between',
    MEMORY,
    `const kept = [];
     for (;;) {
       for (let n = 0; n < 10_000; n++) kept.push(new Promise((done) => kept.push(done)));
       await delay(1);
     }`,
    small,
  ),
  fault(
    'fills-heap-with-a-map',
    'grows one Map without end',
    MEMORY,
    "const kept = new Map(); for (let n = 0; ; n++) kept.set('key ' + n, { n });",
    small,
  ),
  fault(
    'makes-huge-string',
    'makes a string longer than a string can be',
    failed('BFD_JOB_THREW'),
    "'x'.repeat(2 ** 29).concat('y'.repeat(2 ** 29));",
  ),
  fault(
    'fills-buffers',
    'keeps Buffers, which are outside of the heap',
    MEMORY,
    'const kept = []; for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await delay(1); }',
    { ...small, isQuick: true },
  ),
  fault(
    'exhausts-files',
    'opens files until it may open no more',
    failed('BFD_JOB_OPEN_FILES'),
    "for (;;) fs.openSync(new URL(import.meta.url), 'r');",
    { isQuick: true },
  ),
  fault(
    'exhausts-sockets',
    'opens sockets until it may open no more',
    failed('BFD_JOB_OPEN_FILES'),
    `const server = net.createServer((socket) => sockets.push(socket));
     const sockets = [];
     await new Promise((done) => server.listen(0, '127.0.0.1', done));
     for (;;) {
       const socket = net.connect(server.address().port, '127.0.0.1');
       sockets.push(socket);
       await new Promise((done, failed) => socket.once('connect', done).once('error', failed));
     }`,
    {
      module: "import net from 'node:net';",
      privileges: 'network: true',
      plugin: { grant: { network: true } },
    },
  ),
  fault(
    'exhausts-pool',
    'takes all its database connections and asks for more',
    TIMED_OUT,
    'for (;;) await this.db.connect();',
    { job: { timeout: { softMs: 1500, hardMs: 8000 } } },
  ),
  fault(
    'floods-output',
    'writes a gigabyte to the console without a line break',
    crashed('BFD_JOB_OUTPUT'),
    `const piece = 'x'.repeat(1 << 20);
     for (let n = 0; n < 1024; n++) {
       if (!process.stdout.write(piece)) await new Promise((done) => process.stdout.once('drain', done));
     }`,
    { isQuick: true },
  ),
  fault(
    'floods-log',
    'logs a hundred thousand lines',
    SUCCEEDED,
    "for (let n = 0; n < 100_000; n++) this.log.info('one of many', { n });",
  ),
  fault(
    'fills-disk',
    'writes files without end',
    crashed('BFD_JOB_TEMP_FILES'),
    `const piece = Buffer.alloc(1 << 20, 1);
     for (let n = 0; ; n++) {
       fs.mkdirSync(ctx.tempFolder + '/' + n);
       for (let m = 0; m < 4; m++) fs.writeFileSync(ctx.tempFolder + '/' + n + '/' + m, piece);
       await delay(5);
     }`,
    { plugin: { tempMb: 64 } },
  ),
  fault(
    'fills-disk-in-one-go',
    'writes one file without end and without a pause',
    crashed('BFD_JOB_TEMP_FILES'),
    `const file = fs.openSync(ctx.tempFolder + '/endless', 'w');
     for (const piece = Buffer.alloc(1 << 16, 1); ; ) { fs.writeSync(file, piece); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); }`,
    { plugin: { tempMb: 16 } },
  ),
  fault(
    'fills-temp-folder',
    'writes 64 MiB to its temporary folder and leaves them there',
    SUCCEEDED,
    "fs.writeFileSync(ctx.tempFolder + '/left', Buffer.alloc(64 << 20));",
  ),
];
