// A plugin under development: built whenever its source changes, and run in a host that is started anew with each good
// build. A build that fails is told, and the host goes on with the last good one. The services stay up in between.

import { Host } from '../host.ts';
import { openServices, type Services } from '../services.ts';
import type { Setup } from '../setup.ts';
import type { EventSink, HostEvent } from '../telemetry/events.ts';
import { build } from './build.ts';
import { ConsoleOutput } from './console-output.ts';
import { devSetup } from './dev-setup.ts';
import { seed } from './seed.ts';

export interface DevSessionOptions {
  /** Absolute. */
  readonly pluginFolder: string;
  readonly configFile: string | undefined;
  readonly events: EventSink;
  /** Makes words of what the author can mend: a wrong configuration, a wrong statement. */
  readonly describe: (error: unknown) => string;
}

/** What a run gets to end before the host starts with the next build. It goes on there. */
const GRACE_MS = 1000;

export class DevSession implements AsyncDisposable {
  readonly #options: DevSessionOptions;
  readonly #output: ConsoleOutput;
  #services: Services | undefined;
  #host: Host | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWanted = false;
  #isForced = true;

  constructor(options: DevSessionOptions) {
    this.#options = options;
    this.#output = new ConsoleOutput((job, text) =>
      options.events.emit({ event: 'job.output', job, text }),
    );
  }

  /**
   * Builds and, if that changed anything, starts the host anew. Calls while it works make one more.
   *
   * @param options.isForced - whether something else has changed: configuration, or what the job is to find
   */
  renew({ isForced = false } = {}): Promise<void> {
    this.#isForced ||= isForced;
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#working = this.#working.then(() => {
        this.#isWanted = false;
        return this.#renew();
      });
    }
    return this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#working.catch(() => {});
    this.#output[Symbol.dispose]();
    await this.#host?.[Symbol.asyncDispose]();
    await this.#services?.[Symbol.asyncDispose]();
  }

  async #renew(): Promise<void> {
    const { pluginFolder, configFile, events, describe } = this.#options;
    const beganAt = performance.now();
    const built = await build(pluginFolder);
    const plugin = pluginFolder.split(/[\\/]/).at(-1) ?? '';
    const hasLastGood = this.#host !== undefined;
    const refuse = (problems: readonly string[]) =>
      events.emit({ event: 'plugin.not-built', plugin, problems, hasLastGood });
    if (built.kind === 'failed') return refuse(built.problems);
    const { sizeBytes } = built;
    const durationMs = Math.round(performance.now() - beganAt);
    // Such as a change in a test, or in a comment.
    if (!built.isChanged && hasLastGood && !this.#isForced) return;
    events.emit({ event: 'plugin.built', plugin, sizeBytes, durationMs });
    this.#isForced = false;
    try {
      const setup = await devSetup(pluginFolder, built.folder, configFile);
      await this.#furnish(setup);
      await this.#restart(setup);
    } catch (error) {
      refuse([describe(error)]);
    }
  }

  async #furnish(setup: Setup): Promise<void> {
    const { pluginFolder } = this.#options;
    // Ours for the whole session, so that they do not stop with each host.
    this.#services ??= await openServices(setup.config);
    const { databaseUrl, stateFolder } = this.#services;
    await seed({ pluginFolder, stateFolder, databaseUrl });
    for (const { name } of setup.jobs) await this.#output.follow(name, stateFolder);
  }

  async #restart(setup: Setup): Promise<void> {
    const isFirst = this.#host === undefined;
    await this.#host?.[Symbol.asyncDispose]();
    this.#host = undefined;
    const events = isFirst ? this.#options.events : withoutRestarts(this.#options.events);
    this.#host = await Host.start({ setup, events: tellingIdle(events), graceMs: GRACE_MS });
  }
}

/** An author knows by the build that the host starts anew. */
function withoutRestarts(events: EventSink): EventSink {
  return {
    emit: (event) => {
      if (event.event !== 'host.starting' && event.event !== 'host.started') events.emit(event);
    },
  };
}

/** Hosts keep quiet about runs that find nothing. An author wants to know that the job ran; once is enough. */
function tellingIdle(events: EventSink): EventSink {
  const idle = new Set<string>();
  return {
    emit: (event: HostEvent) => {
      if (event.event === 'run.finished') idle.delete(event.job);
      if (event.event === 'run.idle' && !idle.has(event.job)) {
        idle.add(event.job);
        events.emit({ event: 'host.notice', message: `${event.job} found nothing to do` });
      }
      events.emit(event);
    },
  };
}
