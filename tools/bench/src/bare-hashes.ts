// The yardstick of whatever hashes: bare PBKDF2 on all cores.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

const YARDSTICK_MS = 4_000;
/** As many threads as the job has: beside other programs the cores are shared out by thread. */
const THREADS = Math.max(4, availableParallelism());

/** Hashes of all cores together, in threads that do nothing else. */
export async function bareHashesPerSecond(iterations: number): Promise<number> {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const { pbkdf2Sync } = require('node:crypto');
    const pepper = Buffer.alloc(16, 7);
    const endsAt = performance.now() + ${YARDSTICK_MS};
    let hashes = 0;
    while (performance.now() < endsAt) pbkdf2Sync('1S' + hashes++, pepper, ${iterations}, 32, 'sha256');
    parentPort.postMessage(hashes);`;
  const counts = await Promise.all(
    Array.from(
      { length: THREADS },
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(source, { eval: true });
          worker.once('message', resolve).once('error', reject);
        }),
    ),
  );
  return counts.reduce((total, count) => total + count, 0) / (YARDSTICK_MS / 1000);
}
