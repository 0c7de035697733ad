// Items of `ctx.forEach` between a run's process and whoever has them worked on: in as they come, each part when the one
// before is taken, and what came of them out again in parts.

import type { FanOutHooks } from './job-process-spec.ts';
import { ProtocolError } from './message-reader.ts';
import type { ChildMessage, FanOutErrorCode, HostMessage, ItemsOver } from './protocol.ts';

const RESULTS_AT_A_TIME = 500;

/** Items are not taken, for a reason that the job may hear. */
export class FanOutRefusal extends Error {
  readonly code: FanOutErrorCode;
  constructor(code: FanOutErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** Passes on what a run says of its items, and answers it. */
export function passItems(
  message: Extract<ChildMessage, { type: 'items' | 'items-end' }>,
  fanOut: FanOutHooks | undefined,
  answer: (message: HostMessage) => void,
): void {
  if (!fanOut) throw new ProtocolError('items that nobody asked for');
  const { runId, call } = message;
  const answered =
    message.type === 'items'
      ? fanOut
          .put(call, message.items, message.concurrency)
          .then(() => answer({ type: 'items-taken', runId, call }))
      : fanOut.join(call).then((settled) => {
          for (const part of parts(settled))
            answer({ type: 'items-settled', runId, call, ...part });
        });
  answered.catch((error: unknown) => {
    const code = error instanceof FanOutRefusal ? error.code : 'BFD_FAN_OUT_FAILED';
    answer({ type: 'items-refused', runId, call, code });
  });
}

function* parts({ done, failed, results }: ItemsOver) {
  for (let from = 0; from === 0 || from < results.length; from += RESULTS_AT_A_TIME) {
    const isLast = from + RESULTS_AT_A_TIME >= results.length;
    yield {
      done,
      failed: isLast ? failed : [],
      results: results.slice(from, from + RESULTS_AT_A_TIME),
      isLast,
    };
  }
}
