// What a process may say while it starts, step by step, and how a start fails.

import type { StartStep } from './deaths.ts';
import { type JobChild, type JobChildEvents } from './job-child.ts';
import type { RunEnd, RunHooks } from './job-process-spec.ts';
import { ProtocolError } from './message-reader.ts';
import { tellSafely } from './ongoing-run.ts';
import type { ChildMessage } from './protocol.ts';
import { PROTOCOL_VERSION } from './protocol-version.ts';

export type FailedStart = Exclude<RunEnd, { kind: 'returned' }>;

/** The job could not be started. */
export class StartFailure extends Error {
  readonly end: FailedStart;

  constructor(end: FailedStart) {
    super(end.error.code);
    this.end = end;
  }
}

const LAST_MESSAGE_OF = { boot: 'hello', load: 'ready', preflight: 'preflighted' } as const;

/** What a process says during one step of its start. */
export class StartAnswer implements JobChildEvents {
  /** Nothing when the step went well, else how it failed. */
  readonly given: Promise<FailedStart | undefined>;
  readonly #child: JobChild;
  readonly #step: StartStep;
  readonly #hooks: RunHooks;
  #give: (failure: FailedStart | undefined) => void = () => {};

  constructor(child: JobChild, step: StartStep, hooks: RunHooks) {
    this.#child = child;
    this.#step = step;
    this.#hooks = hooks;
    this.given = new Promise((resolve) => {
      this.#give = resolve;
    });
  }

  message(message: ChildMessage): void {
    switch (message.type) {
      case LAST_MESSAGE_OF[this.#step]:
        if (message.type === 'hello' && message.protocol !== PROTOCOL_VERSION) {
          throw new ProtocolError(`it speaks version ${message.protocol} of it`);
        }
        this.#give(undefined);
        return;
      case 'refused':
        this.#give({ kind: 'threw', error: this.#child.envelope(message.error) });
        return;
      case 'log': {
        const line = this.#child.gate.log(message);
        tellSafely(() => this.#hooks.log(line));
        return;
      }
      default:
        throw new ProtocolError('a message that does not belong to the start');
    }
  }

  blocked(): void {}
  looked(): void {}
  ended(): void {}
}
