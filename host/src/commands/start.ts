import { randomUUID } from 'node:crypto';
import { Host } from '../host.ts';
import { linkWithToken } from '../http/page-token.ts';
import { readSetup } from '../setup.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { outputSink } from './output-sink.ts';
import { firstStopSignal } from './stop-signals.ts';

const GRACE_AT_TERMINAL_MS = 3000;
const GRACE_MS = 30_000;

/** `bfd-host start`: runs until a signal; a second signal ends it at once. */
export async function startCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const setup = await readSetup(options.config, process.env);
  const { sink, isForPeople } = outputSink(options, {
    linkTo: (page) => linkWithToken(page, setup.config.stateFolder),
  });
  const { config } = setup;
  const graceMs = config.stopGraceMs ?? (isForPeople ? GRACE_AT_TERMINAL_MS : GRACE_MS);
  const bootId = randomUUID();
  await using telemetry = new Telemetry({
    config: config.telemetry,
    env: process.env,
    bootId,
    output: sink,
  });
  const stopped = firstStopSignal();
  const host = await Host.start({ setup, bootId, telemetry, graceMs });
  await stopped;
  try {
    await host[Symbol.asyncDispose]();
  } finally {
    telemetry.events.emit({ event: 'host.stopped' });
  }
  return EXIT.ok;
}
