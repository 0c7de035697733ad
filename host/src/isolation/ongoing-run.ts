// One run in a job's process, as the host hears it: what may be said when, and when its time is up.

import { passItems } from './fan-out-passing.ts';
import { type JobChild, type JobChildEvents } from './job-child.ts';
import type { ItemsRequest, RunEnd, RunHooks, RunRequest } from './job-process-spec.ts';
import { ProtocolError } from './message-reader.ts';
import type { AbortCause, ChildMessage, HostMessage } from './protocol.ts';

const TAKE_MS = 2000;
const IDLE_REPORT_MS = 2000;

/** What is known of a run when nothing more will be. */
export interface RunOver {
  /** How the job said that it ended; absent: the process ended, or did not take it on in time. */
  readonly said?: RunEnd;
  /** Whether nothing was left behind in the process; absent: it did not say. */
  readonly isClean?: boolean;
}

type Step = 'running' | 'said' | 'over';

export class OngoingRun implements JobChildEvents {
  readonly over: Promise<RunOver>;
  readonly #child: JobChild;
  readonly #request: RunRequest | ItemsRequest;
  readonly #hooks: RunHooks;
  readonly #signal: AbortSignal;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = () => this.#stop();
  #end: (over: RunOver) => void = () => {};
  #said: RunEnd | undefined;
  #step: Step = 'running';
  #number = 0;
  #begunAt = 0;
  #isTaken = false;

  constructor(
    child: JobChild,
    request: RunRequest | ItemsRequest,
    hooks: RunHooks,
    signal: AbortSignal,
  ) {
    this.#child = child;
    this.#request = request;
    this.#hooks = hooks;
    this.#signal = signal;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /**
   * Gives the run to the process.
   *
   * @param number - how many runs the process has been given, this one too
   */
  begin(number: number): void {
    const { softTimeoutMs, graceMs } = this.#request;
    // First of all: while the process wakes up there is time for the rest.
    this.#child.send(startMessage(this.#request, this.#hooks));
    this.#child.events = this;
    this.#child.watch(true);
    this.#number = number;
    this.#begunAt = performance.now();
    tellSafely(() => this.#hooks.given?.());
    const hardMs =
      this.#request.hardTimeoutMs ??
      (softTimeoutMs === undefined ? undefined : softTimeoutMs + graceMs);
    if (softTimeoutMs !== undefined) this.#after(softTimeoutMs, () => this.#abort('timed-out'));
    if (hardMs !== undefined) {
      this.#after(hardMs, () =>
        this.#child.killBlocked({ reason: 'hard-timeout', afterMs: hardMs }),
      );
    }
    if (this.#signal.aborted) this.#stop();
    else this.#signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** No timer or signal touches the process any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  message(message: ChildMessage): void {
    if (
      'runId' in message &&
      message.runId !== undefined &&
      message.runId !== this.#request.runId
    ) {
      throw new ProtocolError('a message of another run');
    }
    switch (message.type) {
      case 'log': {
        const line = this.#child.gate.log(message);
        tellSafely(() => this.#hooks.log(line));
        return;
      }
      case 'notice':
        tellSafely(() => {
          const { notice, count } = message;
          this.#hooks.log({ level: 'warn', message: notice, fields: { count } });
        });
        return;
      case 'work-starts':
        this.#must('running');
        tellSafely(() => this.#hooks.workStarts());
        return;
      case 'progress': {
        this.#must('running');
        const progress = this.#child.gate.progress(message);
        tellSafely(() => this.#hooks.progress(progress));
        return;
      }
      case 'spans': {
        this.#must('running');
        const spans = message.spans.map((span) => this.#child.gate.span(span));
        tellSafely(() => this.#hooks.spans(spans));
        return;
      }
      case 'items':
      case 'items-end':
        this.#must('running');
        passItems(message, this.#hooks.fanOut, (answer) => this.#child.send(answer));
        return;
      case 'item-outcomes': {
        this.#must('running');
        const outcomes = message.outcomes.map((told) =>
          'error' in told
            ? { index: told.index, error: this.#child.envelope(told.error) }
            : { index: told.index, result: told.result ?? null },
        );
        tellSafely(() => this.#hooks.itemsOver?.(outcomes));
        return;
      }
      case 'result':
        this.#say(
          { kind: 'returned', outcome: this.#child.gate.outcome(message.outcome) },
          message.isIdle,
        );
        return;
      case 'failed':
        this.#say({ kind: 'threw', error: this.#child.envelope(message.error) }, message.isIdle);
        return;
      case 'idle':
        this.#must('said');
        this.#finish(!message.isDirty);
        return;
      default:
        throw new ProtocolError('a message that does not belong into a run');
    }
  }

  blocked(blockedMs: number, activity: string | undefined): void {
    const last = activity === undefined ? '' : `, last in "${activity}"`;
    const seconds = Math.round(blockedMs / 100) / 10;
    tellSafely(() =>
      this.#hooks.blocked?.({
        runId: this.#request.runId,
        blockedMs,
        ...(activity === undefined ? {} : { activity }),
        message: `the main thread of its process has not answered for ${seconds} s${last}`,
      }),
    );
  }

  /** Time goes on. */
  looked(): void {
    // A new process has just shown that it answers. One that was used before may be spoilt by what was left in it.
    const mayBeTaken = this.#number === 1 || this.#isTaken || this.#child.hasAnswered;
    if (mayBeTaken || performance.now() - this.#begunAt < TAKE_MS) return;
    this.#isTaken = this.#child.takenRuns >= this.#number;
    if (!this.#isTaken) this.#finish();
  }

  ended(): void {
    this.#finish();
  }

  #say(end: RunEnd, isIdle: boolean): void {
    this.#must('running');
    this.#step = 'said';
    this.#said = end;
    if (isIdle) this.#finish(true);
    else this.#after(IDLE_REPORT_MS, () => this.#finish());
  }

  #finish(isClean?: boolean): void {
    this.#step = 'over';
    this.#end({
      ...(this.#said === undefined ? {} : { said: this.#said }),
      ...(isClean === undefined ? {} : { isClean }),
    });
  }

  #stop(): void {
    const { graceMs } = this.#request;
    this.#abort('stopped');
    this.#after(graceMs, () => this.#child.killBlocked({ reason: 'abort-ignored', graceMs }));
  }

  #abort(cause: AbortCause): void {
    this.#child.send({ type: 'abort', runId: this.#request.runId, cause });
  }

  #after(milliseconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, milliseconds));
  }

  #must(step: Step): void {
    if (this.#step !== step) throw new ProtocolError('a message out of turn');
  }
}

function startMessage(request: RunRequest | ItemsRequest, hooks: RunHooks): HostMessage {
  const { runId, epoch, traceparent } = request;
  const run = { runId, epoch, ...(traceparent === undefined ? {} : { traceparent }) };
  if ('items' in request) {
    const { items, concurrency } = request;
    return {
      type: 'work-on',
      ...run,
      items,
      ...(concurrency === undefined ? {} : { concurrency }),
    };
  }
  const { attempt, trigger, jobSpanId } = request;
  return {
    type: 'run',
    ...run,
    attempt,
    trigger,
    ...(jobSpanId === undefined ? {} : { jobSpanId }),
    ...(hooks.fanOut ? { fanOut: true } : {}),
  };
}

/** Calls a hook. What it throws is the host's own trouble: no run fails because it cannot be told of. */
export function tellSafely(hook: () => void): void {
  try {
    hook();
  } catch {
    // The host's own sinks tell of their troubles.
  }
}
