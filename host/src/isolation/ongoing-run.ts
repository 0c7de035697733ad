// One run in a job's process, as the host hears it: what may be said when, and when its time is up.

import { type JobChild, type JobChildEvents } from './job-child.ts';
import type { RunEnd, RunHooks, RunRequest } from './job-process-spec.ts';
import { ProtocolError } from './message-reader.ts';
import type { AbortCause, ChildMessage } from './protocol.ts';

/** `true`: nothing was left behind in the process. */
type IsClean = boolean;
type Step = 'offered' | 'running' | 'said' | 'idle';

export class OngoingRun implements JobChildEvents {
  /** The process has taken the run on. */
  readonly accepted: Promise<boolean>;
  /** How the job said that it ended. */
  readonly said: Promise<RunEnd>;
  /** The process is done with it. */
  readonly idle: Promise<IsClean>;
  readonly #child: JobChild;
  readonly #request: RunRequest;
  readonly #hooks: RunHooks;
  readonly #signal: AbortSignal;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = () => this.#stop();
  #accept: () => void = () => {};
  #say: (end: RunEnd) => void = () => {};
  #rest: (isClean: IsClean) => void = () => {};
  #step: Step = 'offered';

  constructor(child: JobChild, request: RunRequest, hooks: RunHooks, signal: AbortSignal) {
    this.#child = child;
    this.#request = request;
    this.#hooks = hooks;
    this.#signal = signal;
    this.accepted = new Promise((resolve) => {
      this.#accept = () => resolve(true);
    });
    this.said = new Promise((resolve) => {
      this.#say = resolve;
    });
    this.idle = new Promise((resolve) => {
      this.#rest = resolve;
    });
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
      case 'accepted':
        this.#pass('offered', 'running');
        this.#startClocks();
        tellSafely(() => this.#hooks.accepted?.());
        this.#accept();
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
      case 'result':
        this.#pass('running', 'said');
        this.#say({ kind: 'returned', outcome: this.#child.gate.outcome(message.outcome) });
        return;
      case 'failed':
        this.#pass('running', 'said');
        this.#say({ kind: 'threw', error: this.#child.envelope(message.error) });
        return;
      case 'idle':
        this.#pass('said', 'idle');
        this.#rest(!message.isDirty);
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

  #startClocks(): void {
    const { softTimeoutMs, graceMs } = this.#request;
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

  #must(step: 'running'): void {
    if (this.#step !== step) throw new ProtocolError('a message after the end of the run');
  }

  #pass(from: Step, to: Step): void {
    if (this.#step !== from) throw new ProtocolError('a message out of turn');
    this.#step = to;
  }
}

/** Calls a hook. What it throws is the host's own trouble: no run fails because it cannot be told of. */
export function tellSafely(hook: () => void): void {
  try {
    hook();
  } catch {
    // The host's own sinks tell of their troubles.
  }
}
