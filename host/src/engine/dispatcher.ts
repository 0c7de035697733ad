// Decides which queued run starts next on this host, and sees it through. Looks around when told that
// something changed, and every second in case nobody told.

import type { HostJob } from '../catalog/host-job.ts';
import { isLockTimeout } from '../database/database-error.ts';
import { within } from '../database/within.ts';
import { closedGateText } from '../gate/closed-gate.ts';
import { closedGate, type GateFacts, placeInPool, versionsOf } from '../gate/gates.ts';
import { executeRun, type RunDeps, type RunToExecute } from '../runs/execute-run.ts';
import type { JobState } from '../runs/job-state.ts';
import { settleAbandoned } from '../runs/settle-abandoned.ts';
import type { ClaimAfter, ClaimedRun, Leases, StopReason } from './leases.ts';
import type { RunQueue, TakenRun } from './queue.ts';

export interface DispatcherOptions {
  /** Enabled jobs, in the order in which they start when only one may: dependencies first. */
  readonly jobs: readonly HostJob[];
  readonly concurrency: number;
  /** How many jobs of a pool may run at once, on all hosts together. */
  readonly pools: Readonly<Record<string, number>>;
  readonly queue: RunQueue;
  readonly leases: Pick<Leases, 'claim' | 'claimRun' | 'claimAfter'>;
  readonly runs: RunDeps;
  /** What a run that is told to stop gets before its process is killed. */
  readonly graceMs: number;
  /** Told of trouble, mostly with the database; the dispatcher goes on by itself. */
  onTrouble(error: unknown): void;
}

type StartFacts = Pick<RunToExecute, 'ranWith' | 'waitedFor'>;

interface Running {
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
  /** More runs were due than may run at once here, when that was last looked at. */
  #isCrowded = false;
  #isStopping = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Something may be startable now. Resolves when that has been looked at. */
  async wake(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    if (this.#lookAgain && !this.#isStopping) await this.wake();
  }

  /** Tells a run of this host to stop; ignores runs of others. */
  cancel(runId: string): void {
    for (const running of this.#running.values()) {
      if (running.runId === runId) running.stop.abort('cancelled' satisfies StopReason);
    }
  }

  /** Whether it runs here. */
  runs(runId: string): boolean {
    return [...this.#running.values()].some((running) => running.runId === runId);
  }

  /** The jobs that run here, and when each run has ended and was recorded. */
  get running(): ReadonlyMap<string, { readonly runId: string; readonly ended: Promise<void> }> {
    return this.#running;
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
    // The end of one may be the beginning of the next.
    while (this.#running.size > 0) {
      await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    }
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
    const { jobs, concurrency, runs } = this.#options;
    const states = await runs.store.look();
    await this.#settleAbandoned(states);
    const startable = jobs.filter(
      ({ name }) => states.get(name)?.isDue && !this.#running.has(name),
    );
    this.#isCrowded = this.#running.size + startable.length > concurrency;
    if (this.#running.size >= concurrency) return;
    let facts = await this.#gateFacts(startable, states);
    let isChanged = false;
    for (const job of startable) {
      if (this.#running.size >= concurrency || this.#isStopping) return;
      // What was started may be what this one depends on, or have the place it wants.
      if (isChanged && (job.dependsOn.length > 0 || job.pool !== undefined)) {
        facts = await this.#gateFacts(startable, await runs.store.jobStates());
        isChanged = false;
      }
      try {
        if (!(await this.#isOpen(job, facts))) continue;
        await this.#start(job, facts);
      } catch (error) {
        this.#options.onTrouble(error); // with this job alone, perhaps
      }
      isChanged = true;
    }
  }

  // Told and recorded as soon as it is known, not only when the job runs next.
  async #settleAbandoned(states: ReadonlyMap<string, JobState>): Promise<void> {
    const { jobs, leases, runs, onTrouble } = this.#options;
    for (const job of jobs.filter(({ name }) => states.get(name)?.isAbandoned)) {
      try {
        await using lease = await leases.claim(job.name);
        if (lease) await settleAbandoned(job, lease, runs);
      } catch (error) {
        onTrouble(error); // with this job alone, perhaps
        // A transaction that the lost run left open holds the lease's row. It can never commit, so it goes first.
        if (isLockTimeout(error)) await runs.endLeftovers(job);
      }
    }
  }

  async #gateFacts(
    jobs: readonly HostJob[],
    states: ReadonlyMap<string, JobState>,
  ): Promise<GateFacts> {
    const { pools, queue } = this.#options;
    const dependencies = new Set(jobs.flatMap(({ dependsOn }) => dependsOn.map(({ job }) => job)));
    const depth = dependencies.size === 0 ? new Map() : await queue.depth([...dependencies]);
    return { states, depth, pools };
  }

  async #isOpen(job: HostJob, facts: GateFacts): Promise<boolean> {
    const { store, events } = this.#options.runs;
    const gate = closedGate(job, facts);
    const reason = gate ? closedGateText(gate) : null;
    if (reason === (facts.states.get(job.name)?.blockedReason ?? null)) return !gate;
    const isNews = await store.noteBlocked(job.name, reason);
    if (gate && reason !== null && isNews) {
      events.emit({ event: 'gate.blocked', job: job.name, gate: gate.kind, reason });
    }
    return !gate;
  }

  async #start(job: HostJob, { states }: GateFacts): Promise<void> {
    const { leases } = this.#options;
    const claimed = await leases.claimRun(job.name, placeInPool(job, this.#options.pools));
    const waitedFor = states.get(job.name)?.blockedReason;
    const facts = { ranWith: versionsOf(job, states), ...(waitedFor ? { waitedFor } : {}) };
    if (claimed) await this.#begin(job, claimed, facts);
  }

  async #begin(job: HostJob, { lease, taken }: ClaimedRun, facts: StartFacts): Promise<void> {
    if (!taken) {
      await using held = lease;
      await settleAbandoned(job, held, this.#options.runs);
      this.#lookAgain = true; // for the run that waited behind it
      return;
    }
    const stop = new AbortController();
    const claimAfter = () => this.#claimAfter(job);
    const run = { ...taken, ...facts, job, lease, taken, claimAfter };
    const ended = this.#see(run, taken, stop.signal);
    this.#running.set(job.name, { runId: taken.runId, stop, ended });
    if (this.#isStopping) this.#stopRuns(); // it was claimed before that was known
  }

  // A job with nothing to look at but itself goes on with its next run, unless others wait for its place here.
  #claimAfter(job: HostJob): ClaimAfter | undefined {
    const isOnItsOwn = job.dependsOn.length === 0 && job.pool === undefined;
    if (!isOnItsOwn || this.#isCrowded || this.#isStopping) return undefined;
    return this.#options.leases.claimAfter(job.name);
  }

  async #see(run: RunToExecute, taken: TakenRun, stop: AbortSignal): Promise<void> {
    const { queue, runs, graceMs, onTrouble } = this.#options;
    const touching = setInterval(() => {
      queue.touch(taken).catch(() => {}); // The lease is what counts; a missed touch is made up by the next.
    }, TOUCH_MS);
    let next: ClaimedRun | undefined;
    try {
      ({ next } = await executeRun(run, runs, stop, graceMs));
    } catch (error) {
      onTrouble(error);
    } finally {
      clearInterval(touching);
      await run.lease[Symbol.asyncDispose]();
      this.#running.delete(run.job.name);
    }
    if (next) await this.#begin(run.job, next, { ranWith: {} });
    else void this.wake();
  }
}
