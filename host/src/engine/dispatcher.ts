// Decides which queued run starts next on this host, and sees it through. Looks around when told that
// something changed, and every second in case nobody told.

import type { HostJob } from '../catalog/host-job.ts';
import { within } from '../database/within.ts';
import { crashVerdict, gateVerdict } from '../gate/gates.ts';
import { executeRun, type RunDeps, type StopReason } from '../runs/execute-run.ts';
import { settleAbandoned } from '../runs/settle-abandoned.ts';
import type { Lease, Leases } from './leases.ts';
import type { RunQueue, TakenRun } from './queue.ts';

export interface DispatcherOptions {
  /** Enabled jobs, in the order in which they start when only one may: dependencies first. */
  readonly jobs: readonly HostJob[];
  readonly concurrency: number;
  /** How many jobs of a pool may run at once on this host. */
  readonly pools: Readonly<Record<string, number>>;
  readonly queue: RunQueue;
  readonly leases: Pick<Leases, 'claim'>;
  readonly runs: RunDeps;
  /** What a run that is told to stop gets before its process is killed. */
  readonly graceMs: number;
  /** Told of trouble, mostly with the database; the dispatcher goes on by itself. */
  onTrouble(error: unknown): void;
}

interface Running {
  readonly job: HostJob;
  readonly runId: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const TOUCH_MS = 4000;
/** What recording and letting go of runs may take when they have ended. */
const STOP_MS = 4000;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #running = new Map<string, Running>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isStopping = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Something may be startable now. */
  wake(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain && !this.#isStopping) this.wake();
    });
  }

  /** Tells a run of this host to stop; ignores runs of others. */
  cancel(runId: string): void {
    for (const running of this.#running.values()) {
      if (running.runId === runId) running.stop.abort('cancelled' satisfies StopReason);
    }
  }

  get runningJobs(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Starts nothing more, tells what runs to stop, and waits until it has. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopRuns();
    await within(this.#options.graceMs + STOP_MS, this.#settle());
  }

  async #settle(): Promise<void> {
    await this.#looking; // It may have been about to start one more.
    this.#stopRuns();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #stopRuns(): void {
    for (const { stop } of this.#running.values()) stop.abort('stopping' satisfies StopReason);
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && !this.#isStopping) {
      this.#lookAgain = false;
      try {
        await this.#startWhatMay();
      } catch (error) {
        this.#options.onTrouble(error);
      }
    }
  }

  async #startWhatMay(): Promise<void> {
    const { jobs, concurrency, queue } = this.#options;
    if (this.#running.size >= concurrency) return;
    const idle = jobs.filter(({ name }) => !this.#running.has(name));
    const due = await queue.due(idle.map(({ name }) => name));
    if (due.size === 0) return;
    for (const job of idle) {
      if (this.#running.size >= concurrency || this.#isStopping) return;
      if (due.has(job.name) && this.#hasRoom(job) && (await this.#mayStart(job))) {
        await this.#start(job);
      }
    }
  }

  #hasRoom(job: HostJob): boolean {
    const { pool } = job;
    if (pool === undefined) return true;
    const used = [...this.#running.values()].filter((running) => running.job.pool === pool).length;
    return used < (this.#options.pools[pool] ?? Number.POSITIVE_INFINITY);
  }

  // Asked afresh for each job: the run started a moment ago may be what this one depends on.
  async #mayStart(job: HostJob): Promise<boolean> {
    const { queue, runs } = this.#options;
    const states = await runs.store.jobStates();
    const names = job.dependsOn.map((dependency) => dependency.job);
    const depth = names.length === 0 ? new Map() : await queue.depth(names);
    const state = states.get(job.name);
    const crashes = crashVerdict(state);
    const verdict = crashes.isOpen ? gateVerdict(job, { states, depth }) : crashes;
    const reason = verdict.isOpen ? null : verdict.reason;
    if (reason === (state?.blockedReason ?? null)) return verdict.isOpen;
    const isNews = await runs.store.noteBlocked(job.name, reason);
    if (reason !== null && isNews) {
      runs.events.emit({ event: 'gate.blocked', job: job.name, reason });
    }
    return verdict.isOpen;
  }

  async #start(job: HostJob): Promise<void> {
    const { leases, queue, runs } = this.#options;
    const lease = await leases.claim(job.name);
    if (!lease) return;
    await using held = new AsyncDisposableStack();
    held.use(lease);
    await settleAbandoned(job, lease, runs);
    if (this.#isStopping) return;
    const taken = await queue.take(job.name);
    if (!taken) return;
    // If this fails, the run is queued again when its heartbeat is missed.
    await lease.assign(taken);
    held.move();
    const stop = new AbortController();
    const ended = this.#see(job, taken, lease, stop.signal);
    this.#running.set(job.name, { job, runId: taken.runId, stop, ended });
  }

  async #see(job: HostJob, taken: TakenRun, lease: Lease, stop: AbortSignal): Promise<void> {
    const { queue, runs, graceMs, onTrouble } = this.#options;
    const touching = setInterval(() => {
      queue.touch(taken).catch(() => {}); // The lease is what counts; a missed touch is made up by the next.
    }, TOUCH_MS);
    try {
      await executeRun({ ...taken, job, lease, taken }, runs, stop, graceMs);
    } catch (error) {
      onTrouble(error);
    } finally {
      clearInterval(touching);
      await lease[Symbol.asyncDispose]();
      this.#running.delete(job.name);
      this.wake();
    }
  }
}
