/**
 * How fast a load is and what memory it takes, each in a process of its own: mock server, load, database.
 *
 *     node plugins/dc-geo/src/testing/measure.testkit.ts --type FISS --messages 1000000 --batch 500 --threads 2
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ClaimType } from '../layout/layout.ts';
import { configFor, countOf, migratedDatabase, progressOf } from './harness.testkit.ts';
import type { ChildOrder } from './load-child.testkit.ts';

const MOCK = fileURLToPath(new URL('../../bin/bfd-rda-mock.cjs', import.meta.url));
const CHILD = fileURLToPath(new URL('./load-child.testkit.ts', import.meta.url));
const TELL_MS = 15_000;

const { values } = parseArgs({
  options: {
    type: { type: 'string', default: 'FISS' },
    messages: { type: 'string', default: '20000' },
    claims: { type: 'string' },
    beneficiaries: { type: 'string', default: '50000' },
    batch: { type: 'string', default: '200' },
    threads: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '1000' },
    /** Largest heap of the load, MB. */
    heap: { type: 'string', default: '256' },
  },
});
const type: ClaimType = values.type === 'MCS' ? 'MCS' : 'FISS';
const messages = Number(values.messages);

const mock = spawn(
  process.execPath,
  [
    MOCK,
    '--port',
    '0',
    '--messages',
    values.messages,
    '--beneficiaries',
    values.beneficiaries,
  ].concat(values.claims === undefined ? [] : ['--claims', values.claims]),
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line] = await once(createInterface(mock.stdout), 'line');
const port = Number(/:(\d+)\.$/.exec(String(line))?.[1]);

await using db = await migratedDatabase();
const order: ChildOrder = {
  type,
  databaseUrl: db.url,
  config: configFor(
    { host: '127.0.0.1', port },
    {
      batchSize: Number(values.batch),
      writeThreads: Number(values.threads),
      iterations: Number(values.iterations),
    },
  ),
};
const startedAt = performance.now();
const heap = `--max-old-space-size=${values.heap}`;
const child = spawn(process.execPath, [heap, CHILD, JSON.stringify(order)], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const exit = once(child, 'exit');
let isRunning = true;
void exit.then(() => {
  isRunning = false;
});
let before = 0;
while (isRunning) {
  const tick = new AbortController();
  await Promise.race([exit, sleep(TELL_MS, undefined, { signal: tick.signal }).catch(() => {})]);
  tick.abort();
  const done = (await progressOf(db.pool, type)) ?? 0;
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = Math.round(((done - before) / TELL_MS) * 1000);
  before = done;
  console.log(
    `${seconds.toFixed(0)} s: ${done} messages, ${rate}/s, load ${rssOf(child.pid)}, mock ${rssOf(mock.pid)}`,
  );
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(`${messages} messages in ${seconds.toFixed(1)} s: ${Math.round(messages / seconds)}/s`);
console.log(`claims: ${await countOf(db.pool, `rda.${type.toLowerCase()}_claims`)}`);
mock.kill();

/** Resident now and at its highest, MB. */
function rssOf(pid: number | undefined): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string) =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
    return `${megabytes('VmRSS')} MB (highest ${megabytes('VmHWM')})`;
  } catch {
    return 'gone';
  }
}
