// What a run says while it goes on, passed to the database and to the sinks. A run becomes visible when it
// says that there is work.

import type { RunHooks, SafeLogLine } from '../isolation/job-process.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { RunSpan } from '../telemetry/tracing.ts';
import { Pace } from './pace.ts';
import { placeText } from './place-text.ts';
import { RunLog } from './run-log.ts';
import type { RunEnding, RunIdentity, RunProgress, RunStore } from './run-store.ts';

const WRITE_LOG_EVERY_MS = 1000;
/** A run that goes on for long says so in a line this often. */
const MILESTONE_MS = 30_000;

export class RunNews {
  readonly #run: RunIdentity;
  readonly #span: Pick<RunSpan, 'add' | 'jobBegins' | 'show'>;
  readonly #store: RunStore;
  readonly #events: EventSink;
  readonly #pace = new Pace();
  #milestoneAt = performance.now() + MILESTONE_MS;
  #progress: RunProgress | undefined;
  #isVisible = false;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isProgressUnsaved = false;
  readonly #log = new RunLog();
  #logTimer: NodeJS.Timeout | undefined;

  constructor(
    run: RunIdentity,
    span: Pick<RunSpan, 'add' | 'jobBegins' | 'show'>,
    { store, events }: { store: RunStore; events: EventSink },
  ) {
    this.#run = run;
    this.#span = span;
    this.#store = store;
    this.#events = events;
  }

  get isVisible(): boolean {
    return this.#isVisible;
  }

  get progress(): RunProgress | undefined {
    return this.#progress;
  }

  hooks(): RunHooks {
    return {
      given: () => this.#span.jobBegins(),
      workStarts: () => this.#show(),
      progress: (progress) => {
        this.#show();
        const now = performance.now();
        const paced = this.#pace.of(progress, now);
        this.#progress = paced;
        const isMilestone = now >= this.#milestoneAt;
        if (isMilestone) this.#milestoneAt = now + MILESTONE_MS;
        this.#events.emit({ event: 'run.progress', isMilestone, ...this.#facts(), ...paced });
        this.#saveProgress();
      },
      log: (line) => {
        const { job, runId } = this.#run;
        this.#events.emit({ event: 'job.log', job, runId, ...line });
        this.#keep(line);
      },
      spans: (spans) => this.#span.add(spans),
      blocked: ({ message }) => {
        this.#events.emit({ event: 'job.blocked-loop', job: this.#run.job, message });
        this.#keep({ level: 'warn', message, fields: {} });
      },
    };
  }

  /** When all news are written, or cannot be. */
  async settled(): Promise<void> {
    this.#writeLog();
    await this.#writing;
  }

  /** @param recorded.isRecorded - whether its record is written, so that there is nothing to begin any more */
  finished(
    ending: RunEnding,
    durationMs: number,
    {
      isRecorded,
      retryInMs,
    }: { readonly isRecorded: boolean; readonly retryInMs: number | undefined },
  ): void {
    const { result, outcome, counts, error } = ending;
    if (outcome === 'nothing-to-do' && !this.#isVisible) {
      const { job, runId } = this.#run;
      this.#events.emit({
        event: 'run.idle',
        job,
        runId,
        durationMs: Math.round(durationMs),
        ...this.#waited(),
      });
      return;
    }
    this.#show({ isRecorded });
    this.#events.emit({
      event: 'run.finished',
      ...this.#facts(),
      result,
      ...(outcome ? { outcome } : {}),
      durationMs: Math.round(durationMs),
      counts,
      ...(error ? { errorCode: error.code, error: error.message } : {}),
      ...(error?.remedy ? { remedy: error.remedy } : {}),
      ...(error && error.places.length > 0 ? { places: error.places.map(placeText) } : {}),
      ...(isRecorded && retryInMs !== undefined ? { retryInMs } : {}),
    });
  }

  #show({ isRecorded = false } = {}): void {
    if (this.#isVisible) return;
    this.#isVisible = true;
    this.#span.show();
    this.#events.emit({
      event: 'run.started',
      ...this.#facts(),
      startedAt: this.#run.startedAt.toISOString(),
      ...this.#waited(),
    });
    if (!isRecorded) this.#write(() => this.#store.begin(this.#run));
  }

  #facts() {
    const { job, runId, attempt, trigger, traceId, spanId } = this.#run;
    return {
      job,
      runId,
      attempt,
      trigger: trigger.kind,
      ...(traceId ? { traceId } : {}),
      ...(spanId ? { spanId } : {}),
    };
  }

  #waited(): { waitedMs?: number } {
    const { startedAt, dueAt } = this.#run;
    if (!dueAt) return {};
    return { waitedMs: Math.max(0, startedAt.getTime() - dueAt.getTime()) };
  }

  // Some at a time, and none of a run that nobody is told of.
  #keep(line: SafeLogLine): void {
    this.#log.add(line);
    this.#logTimer ??= setTimeout(() => this.#writeLog(), WRITE_LOG_EVERY_MS).unref();
  }

  #writeLog(): void {
    clearTimeout(this.#logTimer);
    this.#logTimer = undefined;
    if (!this.#isVisible || this.#log.isEmpty) return;
    this.#write(async () => {
      const lines = this.#log.take();
      if (lines.length === 0) return;
      try {
        await this.#store.keepLog(this.#run, lines);
      } catch {
        this.#log.putBack(lines);
      }
    });
  }

  // One at a time: a slow database gets the newest, not all of them.
  #saveProgress(): void {
    this.#isProgressUnsaved = this.#isWriting;
    const progress = this.#progress;
    if (this.#isWriting || !progress) return;
    this.#write(() => this.#store.progress(this.#run, progress));
  }

  #write(work: () => Promise<void>): void {
    this.#isWriting = true;
    // What cannot be written now is written with the end of the run; news never fail it.
    this.#writing = this.#writing
      .then(work)
      .catch(() => {})
      .then(() => {
        this.#isWriting = false;
        if (this.#isProgressUnsaved) this.#saveProgress();
      });
  }
}
