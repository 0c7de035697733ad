// What happens to the process as a whole: a reader of its output that goes away, errors that nobody caught, and
// connections that keep it from ending.

import { tellError } from './tell-error.ts';

const END_ANYWAY_MS = 2000;

/** To be called once, before anything else. */
export function guardProcess(): void {
  // `bfd-host runs | head -1`, or a collector that was restarted: nobody listens any more, and that ends no host.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // A promise nobody waits for costs what it was for, and not all other runs of this host.
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`${tellError(reason).text}\n`);
  });
  process.on('uncaughtException', (error) => {
    const { text, exitCode } = tellError(error);
    process.stderr.write(`${text}\n`, () => process.exit(exitCode));
  });
}

/** The command is done. What still holds the process then, such as a connection that went silent, is not waited for. */
export function endSoon(): void {
  setInterval(() => {
    if (process.stdout.writableLength === 0 || process.stdout.destroyed) process.exit();
  }, END_ANYWAY_MS).unref();
}
