import { Host } from '../host.ts';
import { readSetup } from '../setup.ts';
import { Console } from '../telemetry/console.ts';
import type { EventSink } from '../telemetry/events.ts';
import { JsonLines } from '../telemetry/json-lines.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const GRACE_AT_TERMINAL_MS = 3000;
const GRACE_MS = 30_000;

/** `bfd-host start`: runs until a signal; a second signal ends it at once. */
export async function startCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const setup = await readSetup(options.config, process.env);
  const isTerminal = process.stdout.isTTY === true && !options.json;
  const events: EventSink = isTerminal
    ? new Console(process.stdout)
    : new JsonLines(process.stdout);
  const graceMs = setup.config.stopGraceMs ?? (isTerminal ? GRACE_AT_TERMINAL_MS : GRACE_MS);

  const stopped = firstSignal();
  const host = await Host.start({ setup, events, graceMs });
  await stopped;
  // From here on a signal means now.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(130));
  try {
    await host[Symbol.asyncDispose]();
  } finally {
    events.emit({ event: 'host.stopped' });
    await events.close?.();
  }
  return EXIT.ok;
}

/** Resolves at the first SIGINT or SIGTERM. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const once = () => {
      process.off('SIGINT', once);
      process.off('SIGTERM', once);
      resolve();
    };
    process.on('SIGINT', once);
    process.on('SIGTERM', once);
  });
}
