// The processes in which jobs run: one a job, started when it is first needed, kept warm between runs, ended when
// it is idle, spoilt or no longer what the configuration asks for. See host/docs/isolation.md.

import { BundleText } from './bundle-text.ts';
import { errorEnvelope } from './error-envelope.ts';
import { type Ground, type IsolationFacts, prepareGround } from './ground.ts';
import type {
  ItemsRequest,
  JobProcessSpec,
  JobProcessStatus,
  RunEnd,
  RunHooks,
  RunRequest,
} from './job-process-spec.ts';
import { LiveProcess } from './live-process.ts';
import { stagingFailure } from './plugin-problems.ts';
import type { ErrorEnvelope } from './protocol.ts';
import type { RuntimeErrorCode } from './runtime-errors.ts';
import { findRuntime } from './runtime-files.ts';
import { PluginStagingError } from './staging.ts';
import { StartFailure } from './start-answer.ts';

export type { IsolationFacts } from './ground.ts';
export type * from './job-process-spec.ts';
export type { ErrorEnvelope, ItemsOver, SafeLogLine, SpanData } from './protocol.ts';

const IDLE_MS = 600_000;

export interface JobProcessesOptions {
  /** Where copies of plugins and temporary folders go, unless other users must reach them and cannot. */
  readonly stateFolder: string;
  /** The host's environment, of which a job's process gets little; `process.env` if absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** A bundled runtime other than the built one. */
  readonly runtimeFolder?: string;
  /** `false`: all processes as the host's own user, also where it could give them others. */
  readonly ownUsers?: boolean;
}

/** Another run of the same job is under way here; whoever asks holds no lease. */
export class JobBusyError extends Error {
  readonly code = 'BFD_JOB_BUSY';
  constructor(job: string) {
    super(
      `${job} is running in this host already. A job never overlaps itself: claim its lease first.`,
    );
  }
}

interface Slot {
  readonly job: string;
  plugin: string;
  process: LiveProcess | undefined;
  /** The run under way. */
  run: Promise<RunEnd> | undefined;
  isStarting: boolean;
  deaths: number;
  /** By performance.now(). */
  idleSince: number;
  idleTimer: NodeJS.Timeout | undefined;
}

/**
 * @example
 * await using processes = new JobProcesses({ stateFolder: '.bfd/jobs' });
 * const end = await processes.run(spec, { runId, attempt: 1, epoch: 7, trigger, graceMs: 30_000 }, hooks, signal);
 */
export class JobProcesses implements AsyncDisposable {
  readonly #options: JobProcessesOptions;
  readonly #slots = new Map<string, Slot>();
  #ground: Promise<Ground> | undefined;
  readonly #closing = new AbortController();

  constructor(options: JobProcessesOptions) {
    this.#options = options;
  }

  /** How far jobs are kept apart on this machine, for `check` and `doctor`. */
  async isolation(): Promise<IsolationFacts> {
    return (await this.#prepared()).facts;
  }

  /**
   * Runs a job once, or works on items of a run, in its warm process for that or a new one.
   *
   * @param signal - aborting it aborts the run's own signal; after `graceMs` its process is killed
   * @returns how the run ended. When the process died, it and all it started are gone by then.
   * @throws {@link JobBusyError}, and errors of the host's own ground; never for a fault of the plugin
   */
  async run(
    spec: JobProcessSpec,
    request: RunRequest | ItemsRequest,
    hooks: RunHooks,
    signal: AbortSignal,
  ): Promise<RunEnd> {
    const slot = this.#slotOf(spec);
    if (slot.run) throw new JobBusyError(spec.job);
    slot.run = this.#runIn(slot, spec, request, hooks, signal);
    try {
      return await slot.run;
    } finally {
      slot.run = undefined;
      this.#rest(slot, spec);
    }
  }

  status(): readonly JobProcessStatus[] {
    return [...this.#slots.values()].map(({ job, plugin, process, isStarting, deaths }) => ({
      job,
      plugin,
      pid: process?.pid,
      state: isStarting ? 'starting' : (process?.state ?? 'ended'),
      runs: process?.runs ?? 0,
      rssMb: process?.rssMb,
      restarts: deaths,
      uid: process?.uid,
    }));
  }

  /** Ends all processes. A run under way is killed: stop runs by their signals before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const slots = [...this.#slots.values()];
    await Promise.all(
      slots.map(async ({ process, run, idleTimer }) => {
        clearTimeout(idleTimer);
        await (run ? process?.kill() : process?.end());
        await run?.catch(() => {});
      }),
    );
    const prepared = this.#ground;
    this.#ground = undefined; // closed once, however often it is asked for
    const ground = await prepared?.catch(() => undefined);
    ground?.launcher.close();
    await ground?.staging.close();
  }

  async #runIn(
    slot: Slot,
    spec: JobProcessSpec,
    request: RunRequest | ItemsRequest,
    hooks: RunHooks,
    signal: AbortSignal,
  ): Promise<RunEnd> {
    for (;;) {
      if (signal.aborted || this.#closing.signal.aborted) return aborted();
      const process = await this.#processFor(slot, spec, hooks, signal).catch(asRunEnd);
      if (!(process instanceof LiveProcess)) {
        if (signal.aborted || this.#closing.signal.aborted) return aborted();
        if (process.kind === 'died') slot.deaths++;
        return process;
      }
      const end = await process.run(request, hooks, signal);
      if (end?.kind === 'died') slot.deaths++;
      // Nothing: the process was of no use any more before the job heard of the run. A new one will be.
      if (end) return end;
    }
  }

  async #processFor(
    slot: Slot,
    spec: JobProcessSpec,
    hooks: RunHooks,
    signal: AbortSignal,
  ): Promise<LiveProcess> {
    const old = slot.process;
    await old?.tidied;
    if (old?.canRunAgain && isSame(old.spec, spec)) return old;
    slot.process = undefined;
    clearTimeout(slot.idleTimer);
    slot.idleTimer = undefined;
    await old?.end();
    const ground = await this.#prepared();
    slot.isStarting = true;
    try {
      const stop = AbortSignal.any([signal, this.#closing.signal]);
      const process = await LiveProcess.start(spec, ground, hooks, stop);
      slot.process = process;
      slot.plugin = spec.plugin.name;
      process.ended.then(() => {
        if (slot.process === process) slot.process = undefined;
      });
      return process;
    } finally {
      slot.isStarting = false;
    }
  }

  // After a run: a process that can serve another one waits for it a while, any other ends.
  #rest(slot: Slot, spec: JobProcessSpec): void {
    const { process } = slot;
    if (!process || process.state === 'ended') return;
    const { idleMs = IDLE_MS } = spec;
    slot.idleSince = performance.now();
    slot.idleTimer ??= setTimeout(() => this.#endIfIdle(slot), idleMs).unref();
    process.tidied.then(() => {
      const isWanted = slot.run !== undefined || (process.canRunAgain && idleMs > 0);
      if (!isWanted) process.end();
    });
  }

  #endIfIdle(slot: Slot): void {
    slot.idleTimer = undefined;
    const { process, run, idleSince } = slot;
    if (!process || run) return;
    const leftMs = idleSince + (process.spec.idleMs ?? IDLE_MS) - performance.now();
    if (leftMs <= 0) process.end();
    else slot.idleTimer = setTimeout(() => this.#endIfIdle(slot), leftMs).unref();
  }

  #slotOf({ job, purpose, plugin }: JobProcessSpec): Slot {
    const name = purpose ? `${job}#${purpose}` : job;
    const known = this.#slots.get(name);
    if (known) return known;
    const slot: Slot = {
      job: name,
      plugin: plugin.name,
      process: undefined,
      run: undefined,
      isStarting: false,
      deaths: 0,
      idleSince: 0,
      idleTimer: undefined,
    };
    this.#slots.set(name, slot);
    return slot;
  }

  #prepared(): Promise<Ground> {
    this.#ground ??= this.#prepare();
    return this.#ground;
  }

  async #prepare(): Promise<Ground> {
    const { stateFolder, env = process.env, runtimeFolder, ownUsers = true } = this.#options;
    try {
      const runtime = findRuntime(runtimeFolder);
      return await prepareGround({ stateFolder, env, runtime, ownUsers });
    } catch (error) {
      this.#ground = undefined; // may be mended while the host runs
      throw error;
    }
  }
}

function asRunEnd(error: unknown): Exclude<RunEnd, { kind: 'returned' }> {
  if (error instanceof StartFailure) return error.end;
  if (error instanceof PluginStagingError) return threw(stagingFailure(error));
  throw error;
}

/** Whether a process of one may run the other. */
function isSame(one: JobProcessSpec, other: JobProcessSpec): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function aborted(): RunEnd {
  return threw(runtimeEnvelope('BFD_RUN_ABORTED'));
}

function threw(error: ErrorEnvelope): Exclude<RunEnd, { kind: 'returned' }> {
  return { kind: 'threw', error };
}

function runtimeEnvelope(code: RuntimeErrorCode): ErrorEnvelope {
  return errorEnvelope({ source: 'runtime', code, fields: [] }, new BundleText(''), '');
}
