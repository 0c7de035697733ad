// The entry of a job's process. It speaks with the host on one pipe, and ends when the host does.

import './private.ts';
import type { HostMessage } from '../protocol.ts';
import { PROTOCOL_VERSION } from '../protocol-version.ts';
import { listen, say } from './channel.ts';
import { takeCredentials } from './handed-credentials.ts';
import { JobRuntime } from './job-runtime.ts';
import { Refusal } from './load-plugin.ts';
import { keepSignalsToItself } from './own-signals.ts';
import { endAtOnce } from './private.ts';

keepSignalsToItself();

let runtime: JobRuntime | undefined;

function fatal(error: unknown): never {
  say({ type: 'fatal', error: runtime?.describe(error) ?? { source: 'other' } });
  endAtOnce();
}

process.on('uncaughtException', fatal);
process.on('unhandledRejection', (reason) => {
  if (runtime?.isEndingRun) runtime.noteLateError();
  else fatal(reason);
});

listen((message) => {
  handle(message).catch(fatal);
});
say({ type: 'hello', protocol: PROTOCOL_VERSION });

async function handle(message: HostMessage): Promise<void> {
  switch (message.type) {
    case 'init': {
      runtime = await orRefuse(() => JobRuntime.load(message));
      if (runtime) say({ type: 'ready' });
      return;
    }
    case 'preflight': {
      const checked = await orRefuse(async () => {
        await runtime?.preflight();
        return true;
      });
      if (checked) say({ type: 'preflighted' });
      return;
    }
    case 'run':
    case 'work-on':
      return runtime?.run(message);
    case 'items-taken':
    case 'items-refused':
    case 'items-settled':
      return runtime?.hearOfItems(message);
    case 'abort':
      return runtime?.abort(message.runId, message.cause);
    case 'ping': {
      const activity = runtime?.activity;
      const told = activity === undefined ? {} : { activity };
      return say({ type: 'pong', number: message.number, ...told });
    }
    case 'credentials':
      takeCredentials(message.credentials);
      return;
    case 'end':
      await runtime?.dispose().catch(() => {});
      endAtOnce();
  }
}

async function orRefuse<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say({ type: 'refused', error: error.facts });
    return undefined;
  }
}
