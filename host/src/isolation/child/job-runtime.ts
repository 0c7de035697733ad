// One job in its process: loaded once, run as often as the host asks, and after each run put back into the state it
// was in before, or reported as spoilt.

import type { JobInstance, JobServices } from '@bfd-host/sdk/runtime';
import { BundleText } from '../bundle-text.ts';
import type {
  AbortCause,
  ChildMessage,
  ErrorFacts,
  HostMessage,
  WireOutcome,
} from '../protocol.ts';
import type { RuntimeErrorCode } from '../runtime-errors.ts';
import { sessionName } from '../session-name.ts';
import { countRun, say } from './channel.ts';
import { describeError, describeErrorAs } from './describe-error.ts';
import { HostItems } from './host-items.ts';
import { JobLogger } from './job-logger.ts';
import { activeResources, leftAfterAll, leftNow } from './leftovers.ts';
import { configOf, createJob, importPlugin, Refusal, readBundle } from './load-plugin.ts';
import { openRun, workOnGiven } from './run-context.ts';
import { RunScope } from './run-scope.ts';
import type { RunServices } from './run-services.ts';
import { Spans } from './spans.ts';
import { wireOutcome } from './wire-outcome.ts';

type Init = Extract<HostMessage, { type: 'init' }>;
type Run = Extract<HostMessage, { type: 'run' | 'work-on' }>;

type Report = Said<'result'> | Said<'failed'>;
type Said<T extends ChildMessage['type']> = Omit<Extract<ChildMessage, { type: T }>, 'isIdle'>;

const ABORT_CODES: Readonly<Record<AbortCause, RuntimeErrorCode>> = {
  'timed-out': 'BFD_RUN_TIMED_OUT',
  stopped: 'BFD_RUN_ABORTED',
};

export class JobRuntime {
  readonly #services: RunServices;
  readonly #logger: JobLogger;
  readonly #job: JobInstance;
  readonly #before = activeResources();
  #scope: RunScope | undefined;
  #hostItems: HostItems | undefined;
  #isSettling = false;
  #isSpoilt = false;

  private constructor(services: RunServices, logger: JobLogger, job: JobInstance) {
    this.#services = services;
    this.#logger = logger;
    this.#job = job;
  }

  /** @throws {@link Refusal} */
  static async load(init: Init): Promise<JobRuntime> {
    const { job, needs } = init;
    const toLoad = { file: init.bundle, sha256: init.sha256, apiVersion: init.apiVersion, job };
    const { source, url } = readBundle(toLoad);
    const bundle = new BundleText(source);
    const spans = new Spans();
    const services: RunServices = {
      job,
      bundle,
      bundleUrl: url,
      tempFolder: init.tempFolder,
      spans,
      ...(await openServices(init, bundle, spans)),
    };
    const logger = new JobLogger({ bundle, spans, refusesUnsafe: init.refusesUnsafeLogs });
    const plugin = await importPlugin(toLoad, services);
    const config = await configOf(plugin, job, init.config, services);
    const handed: JobServices = {
      ...(services.database ? { db: services.database.pool } : {}),
      ...(services.s3 ? { s3: services.s3.client } : {}),
      ...(needs.includes('config') ? { config } : {}),
      ...(needs.includes('logger') ? { logger: logger.logger } : {}),
    };
    const instance = await createJob(plugin, job, handed, services);
    return new JobRuntime(services, logger, instance);
  }

  /** Takes what the host says of the run's items. */
  hearOfItems(message: Parameters<HostItems['hear']>[0]): void {
    this.#hostItems?.hear(message);
  }

  /** What was begun last. */
  get activity(): string | undefined {
    return this.#services.spans.activity;
  }

  /** Whether an error that nobody caught is a late consequence of a run's end and does not matter to it. */
  get isEndingRun(): boolean {
    return this.#isSettling || this.#scope?.abortCode !== undefined;
  }

  /** Notes such an error; the process is not used again. */
  noteLateError(): void {
    this.#isSpoilt = true;
    this.#logger.count('errors after the run was told to stop');
  }

  describe(error: unknown): ErrorFacts {
    return describeError(error, this.#services);
  }

  async preflight(): Promise<void> {
    const scope = this.#open('check');
    try {
      await this.#services.spans.within('job.preflight', async () =>
        this.#job.preflight?.({ signal: scope.signal }),
      );
    } catch (error) {
      throw new Refusal(describeErrorAs('BFD_JOB_PREFLIGHT', error, this.#services));
    } finally {
      await this.#close();
    }
  }

  async run(message: Run): Promise<void> {
    const { runId, traceparent } = message;
    const { spans } = this.#services;
    countRun();
    this.#logger.runId = runId;
    spans.open(traceparent, (finished) => say({ type: 'spans', runId, spans: [...finished] }));
    const scope = this.#open(runId);
    const report = await this.#work(message, scope);
    this.#isSettling = true;
    const isClean = await this.#close();
    this.#logger.count('spans dropped: more came than are passed on', spans.close());
    this.#logger.flush();
    this.#logger.runId = undefined;
    const left = leftNow(this.#before);
    if (left.length === 0 && isClean && !this.#isSpoilt) {
      this.#isSettling = false;
      say({ ...report, isIdle: true });
      return;
    }
    say({ ...report, isIdle: false });
    const kinds = [...new Set(await leftAfterAll(this.#before))].slice(0, 20);
    this.#isSettling = false;
    const isDirty = kinds.length > 0 || !isClean || this.#isSpoilt;
    say({ type: 'idle', runId, left: kinds, isDirty });
  }

  abort(runId: string, cause: AbortCause): void {
    // A run that has just ended is not aborted, and the next one is not meant.
    if (this.#logger.runId === runId) this.#scope?.abort(ABORT_CODES[cause]);
  }

  async dispose(): Promise<void> {
    await this.#job.dispose();
  }

  async #work(message: Run, scope: RunScope): Promise<Report> {
    const { runId } = message;
    try {
      const outcome =
        message.type === 'run'
          ? await this.#runJob(message, scope)
          : await this.#workOn(message, scope);
      return { type: 'result', runId, outcome };
    } catch (error) {
      const facts = this.describe(error);
      const { abortCode } = scope;
      // What fails after the signal fails because of it, unless the job says otherwise itself.
      const isConsequence = abortCode !== undefined && facts.source !== 'job';
      return {
        type: 'failed',
        runId,
        error: isConsequence ? { source: 'runtime', code: abortCode, fields: [] } : facts,
      };
    }
  }

  async #runJob(message: Extract<Run, { type: 'run' }>, scope: RunScope): Promise<WireOutcome> {
    const { runId, jobSpanId, fanOut } = message;
    const { spans, bundle } = this.#services;
    const forItem = this.#job.forItem?.bind(this.#job);
    this.#hostItems = fanOut && new HostItems(runId, scope.signal);
    const open = openRun(message, scope, this.#services, { forItem, hostItems: this.#hostItems });
    try {
      const work = async () => this.#job.run(open.context);
      const returned = await spans.within('job.run', work, {}, jobSpanId);
      const { outcome, withheld } = wireOutcome(returned, bundle);
      this.#logger.count(
        'counts withheld: their names are not in the bundle, or do not say what is counted',
        withheld,
      );
      return outcome;
    } finally {
      open.flush();
      this.#hostItems = undefined;
    }
  }

  async #workOn(message: Extract<Run, { type: 'work-on' }>, scope: RunScope): Promise<WireOutcome> {
    const forItem = this.#job.forItem?.bind(this.#job);
    await workOnGiven(message, message.items, scope, this.#services, forItem);
    return { kind: 'work-done', counts: [] };
  }

  #open(name: string): RunScope {
    const scope = new RunScope(name);
    this.#scope = scope;
    this.#services.database?.open(scope);
    this.#services.s3?.open(scope);
    return scope;
  }

  async #close(): Promise<boolean> {
    this.#scope = undefined;
    this.#services.s3?.close();
    return (await this.#services.database?.close()) ?? true;
  }
}

// Loaded only when needed: the S3 client alone takes as long to load as Node itself.
async function openServices(
  { job, processToken, database, s3 }: Init,
  bundle: BundleText,
  spans: Spans,
): Promise<Pick<RunServices, 'database' | 's3'>> {
  const [databaseModule, s3Module] = [
    database ? await import('./database.ts') : undefined,
    s3 ? await import('./s3.ts') : undefined,
  ];
  return {
    ...(database && databaseModule
      ? {
          database: new databaseModule.JobDatabase({
            access: database,
            applicationName: (scope) => sessionName(job, scope.name, processToken),
            bundle,
            spans,
          }),
        }
      : {}),
    ...(s3 && s3Module ? { s3: new s3Module.JobS3(s3, bundle, spans) } : {}),
  };
}
