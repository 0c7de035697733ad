// One started process of a job, through its life: start and checks, runs one after the other, end.

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { PLUGIN_API_VERSION } from '@bfd-host/sdk/runtime';
import { type Death, deathReport, type StartStep } from './deaths.ts';
import type { Ground } from './ground.ts';
import { JobChild, type JobChildEvents } from './job-child.ts';
import type {
  ItemsRequest,
  JobProcessSpec,
  RunEnd,
  RunHooks,
  RunRequest,
} from './job-process-spec.ts';
import { ProtocolError } from './message-reader.ts';
import { OngoingRun } from './ongoing-run.ts';
import { PROTOCOL_VERSION } from './protocol-version.ts';
import { MOST_RUNS } from './run-counter.ts';
import { sessionName } from './session-name.ts';
import { emptyFolder } from './staging.ts';
import { type FailedStart, StartAnswer, StartFailure } from './start-answer.ts';

const DISPOSE_MS = 2000;
/** A process that still holds this share of its memory after a run is not used again. */
const HIGH_WATER = 0.75;

export class LiveProcess {
  readonly spec: JobProcessSpec;
  readonly ended: Promise<Death>;
  readonly #child: JobChild;
  readonly #token: string;
  #state: 'starting' | 'idle' | 'running' | 'ending' | 'ended' = 'starting';
  #runs = 0;
  #isSpent = false;
  #tidied = Promise.resolve();

  private constructor(spec: JobProcessSpec, child: JobChild, token: string) {
    this.spec = spec;
    this.#child = child;
    this.#token = token;
    this.ended = child.ended;
    this.ended.then(() => {
      this.#state = 'ended';
    });
  }

  /**
   * Starts a process and brings it to where it can run the job.
   *
   * @throws {@link StartFailure}, when the process is gone
   * @throws PluginStagingError when the plugin's folder is not as it should be
   */
  static async start(
    spec: JobProcessSpec,
    ground: Ground,
    hooks: RunHooks,
    signal: AbortSignal,
  ): Promise<LiveProcess> {
    const { staging, launcher, users } = ground;
    const plugin = await staging.plugin(spec.plugin);
    const uid = users?.of(spec.job);
    const tempFolder = await staging.tempFolder(spec.job, uid);
    const database = spec.database && {
      ...spec.database,
      ...(await staging.databaseUrl(spec.database.url, uid)),
    };
    const marker = randomBytes(16).toString('hex');
    const places = {
      plugin,
      tempFolder,
      marker,
      readable: database?.files ?? [],
      counterFolder: staging.folder,
    };
    const child = new JobChild(spec, places, launcher, uid);
    const live = new LiveProcess(spec, child, marker.slice(0, 4));
    const abort = () => child.kill();
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (signal.aborted) abort();
      await live.#handshake(plugin.bundle, database?.url, hooks);
      return live;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get state() {
    return this.#child.isEnding && this.#state !== 'ended' ? 'ending' : this.#state;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get uid(): number | undefined {
    return this.#child.uid;
  }

  get rssMb(): number | undefined {
    return this.#child.rssMb;
  }

  get runs(): number {
    return this.#runs;
  }

  /** When the last run's traces are gone, so that {@link canRunAgain} can be told. */
  get tidied(): Promise<void> {
    return this.#tidied;
  }

  get canRunAgain(): boolean {
    return this.state === 'idle' && !this.#isSpent;
  }

  /**
   * Runs the job once.
   *
   * @returns how it ended; `undefined` when the process turned out to be useless before the job heard of the run
   */
  async run(
    request: RunRequest | ItemsRequest,
    hooks: RunHooks,
    signal: AbortSignal,
  ): Promise<RunEnd | undefined> {
    const number = ++this.#runs;
    const child = this.#child;
    this.#state = 'running';
    const run = new OngoingRun(child, request, hooks, signal);
    run.begin(number);
    child.sessions = sessionName(this.spec.job, request.runId, this.#token);
    const { said, isClean } = await run.over;
    run.close();
    child.unwatch();
    // What a run started ends with it, so the process goes, and everything else with it.
    const isReusable = isClean && !child.hasPrograms;
    if (said && isReusable) {
      this.#rest();
      return said;
    }
    await (isReusable === false ? this.end() : this.kill());
    // Nothing of this run has happened: it was lost on a process that an earlier one had spoilt.
    if (!said && number > 1 && child.takenRuns < number) return undefined;
    const death = await this.ended;
    // Who breaks the rules of the channel is not believed about the run's end either.
    return said && death.killedFor?.reason !== 'protocol' ? said : this.#died(death);
  }

  /** Lets the job dispose of what it holds, then ends the process. */
  async end(): Promise<void> {
    await this.#child.end(DISPOSE_MS);
  }

  /** Ends it without asking. */
  async kill(): Promise<void> {
    this.#child.kill();
    await this.ended;
  }

  // Whoever waits for the run's end need not wait until its files are gone, but the next run does.
  #rest(): void {
    this.#child.sessions = undefined;
    this.#child.events = BETWEEN_RUNS;
    this.#state = 'idle';
    this.#tidied = setImmediate().then(() => this.#tidy());
  }

  async #tidy(): Promise<void> {
    const isEmpty = await emptyFolder(this.#child.tempFolder);
    const isLarge = this.#child.usedMb > HIGH_WATER * this.spec.limits.rssMb;
    this.#isSpent = !isEmpty || isLarge || this.#child.isCounted || this.#runs >= MOST_RUNS;
  }

  #died(death: Death): FailedStart {
    const { reason, error } = deathReport(death, this.spec.limits);
    const { exitCode, signal } = death;
    return {
      kind: 'died',
      reason,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
      error,
    };
  }

  async #handshake(
    bundle: string,
    databaseUrl: string | undefined,
    hooks: RunHooks,
  ): Promise<void> {
    const { job, plugin, config, needs, limits, database, s3, refusesUnsafeLogs } = this.spec;
    const child = this.#child;
    child.sessions = sessionName(job, 'check', this.#token);
    child.watch(false);
    await this.#answer('boot', limits.startMs, hooks);
    const loaded = this.#answer('load', limits.startMs, hooks);
    child.send({
      type: 'init',
      protocol: PROTOCOL_VERSION,
      apiVersion: PLUGIN_API_VERSION,
      job,
      processToken: this.#token,
      bundle,
      sha256: plugin.sha256,
      config,
      needs,
      refusesUnsafeLogs: refusesUnsafeLogs ?? false,
      ...(database && databaseUrl !== undefined
        ? { database: { ...database, url: databaseUrl } }
        : {}),
      ...(s3 ? { s3 } : {}),
      tempFolder: child.tempFolder,
    });
    await loaded;
    const checked = this.#answer('preflight', limits.preflightMs, hooks);
    child.send({ type: 'preflight' });
    await checked;
    child.unwatch();
    this.#rest();
    await this.#tidied;
  }

  /** Waits for the end of one step of the start. */
  async #answer(step: StartStep, ms: number, hooks: RunHooks): Promise<void> {
    const child = this.#child;
    const answer = new StartAnswer(child, step, hooks);
    child.events = answer;
    const tooLate = setTimeout(() => child.killBlocked({ reason: 'start', step, afterMs: ms }), ms);
    const refusal = await Promise.race([
      answer.given,
      this.ended.then((death) => this.#died(death)),
    ]);
    clearTimeout(tooLate);
    if (refusal === undefined) return;
    child.kill();
    await this.ended;
    throw new StartFailure(refusal);
  }
}

/** Between runs a job may only log, which goes nowhere: there is no run to tell it of. */
const BETWEEN_RUNS: JobChildEvents = {
  message: (message) => {
    if (message.type !== 'log') throw new ProtocolError('a message outside of a run');
  },
  blocked: () => {},
  looked: () => {},
  ended: () => {},
};
