// A plugin under development: built whenever its source changes, and run in a host that is started anew with each good
// build. A build that fails is told, and the host goes on with the last good one. The services stay up in between.

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Host } from '../host.ts';
import { openServices, type Services } from '../services.ts';
import type { Setup } from '../setup.ts';
import type { EventSink } from '../telemetry/events.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { build } from './build.ts';
import { ConsoleOutput } from './console-output.ts';
import type { DevOutput } from './dev-output.ts';
import { devSetup } from './dev-setup.ts';
import { seed } from './seed.ts';

export interface DevSessionOptions {
  /** Absolute. */
  readonly pluginFolder: string;
  readonly configFile: string | undefined;
  readonly output: DevOutput;
  /** Makes words of what the author can mend: a wrong configuration, a wrong statement. */
  readonly describe: (error: unknown) => string;
}

/** What a run gets to end before the host starts with the next build. It goes on there. */
const GRACE_MS = 1000;

export class DevSession implements AsyncDisposable {
  readonly #options: DevSessionOptions;
  readonly #output: ConsoleOutput;
  readonly #idle = new Set<string>();
  #services: Services | undefined;
  #running: AsyncDisposable | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWanted = false;
  #isForced = true;

  constructor(options: DevSessionOptions) {
    this.#options = options;
    this.#output = new ConsoleOutput((job, text) =>
      options.output.tell({ event: 'job.output', job, text }),
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
    await this.#running?.[Symbol.asyncDispose]();
    await this.#services?.[Symbol.asyncDispose]();
  }

  async #renew(): Promise<void> {
    const { pluginFolder, configFile, output, describe } = this.#options;
    const plugin = path.basename(pluginFolder);
    const hasLastGood = this.#running !== undefined;
    const refuse = (problems: readonly string[]) =>
      output.tell({ event: 'plugin.not-built', plugin, problems, hasLastGood });
    const beganAt = performance.now();
    const built = await build(pluginFolder);
    if (built.kind === 'failed') return refuse(built.problems);
    // Such as a change in a test, or in a comment.
    if (!built.isChanged && hasLastGood && !this.#isForced) return;
    const durationMs = Math.round(performance.now() - beganAt);
    output.tell({ event: 'plugin.built', plugin, sizeBytes: built.sizeBytes, durationMs });
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
    const isFirst = this.#running === undefined;
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = undefined;
    const bootId = randomUUID();
    await using starting = new AsyncDisposableStack();
    const telemetry = starting.use(
      new Telemetry({
        config: setup.config.telemetry,
        env: process.env,
        bootId,
        output: this.#hostOutput(isFirst),
      }),
    );
    starting.use(await Host.start({ setup, bootId, telemetry, graceMs: GRACE_MS }));
    this.#running = starting.move();
  }

  #hostOutput(isFirst: boolean): EventSink {
    const { host, tell } = this.#options.output;
    return {
      emit: (event) => {
        // An author knows by the build that the host starts anew.
        if (!isFirst && /^host\.start/.test(event.event)) return;
        // Hosts keep quiet about runs that find nothing. Here somebody wants to know; once is enough.
        if (event.event === 'run.finished') this.#idle.delete(event.job);
        if (event.event === 'run.idle' && !this.#idle.has(event.job)) {
          this.#idle.add(event.job);
          tell({ event: 'job.found-nothing', job: event.job });
        }
        host.emit(event);
      },
    };
  }
}
