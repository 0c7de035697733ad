// What a fault of the corpus is: a small plugin with one job that misbehaves in one way, and how its run has to be
// recorded.

export interface Fault {
  /** Of its plugin and job. */
  readonly name: string;
  /** One line for people. */
  readonly does: string;
  /** Text of `src/plugin.ts`. */
  readonly source: string;
  /** How the run is recorded: its result, and the code of its error unless it succeeded. */
  readonly ends: { readonly result: string; readonly code?: string };
  /** The plugin is wrong for good: there is no next run that works. */
  readonly cannotWork?: boolean;
  /** Settings of the plugin in host.config.json. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** Settings of the job in host.config.json. */
  readonly job?: Readonly<Record<string, unknown>>;
  /** Done to the plugin's folder after the host has looked at it, before the run. */
  readonly tamper?: (pluginFolder: string) => Promise<void>;
  /** What contains it is a user id of its own, which only root can give to a process. */
  readonly needsOwnUser?: boolean;
  /** Part of the short form. */
  readonly isQuick?: boolean;
}

/** Asked for by this name, a run misbehaves; by any other, it works. */
export const MISBEHAVE = 'misbehave';

export interface EvilPlugin {
  readonly name: string;
  /** The body of `run(ctx)`; `this.db` and `this.log` are there if they are used. */
  readonly run?: string;
  /** Module-level code. `isJob` is true in a job's process and false while the plugin is built. */
  readonly module?: string;
  /** In place of the plugin that is exported. */
  readonly exported?: string;
  /** Code of the constructor. */
  readonly construct?: string;
  /** Members of `privileges`, as source. */
  readonly privileges?: string;
}

export function evilPlugin(plugin: EvilPlugin): string {
  const { name, run = '', module = '', construct = '', privileges = '' } = plugin;
  const usesDatabase = run.includes('this.db');
  return `
    import { setTimeout as delay } from 'node:timers/promises';
    import fs from 'node:fs';
    import { DB_POOL, definePlugin, inject, Job, JobError, LOGGER, workDone } from '@bfd-host/sdk';
    const isJob = process.env.BFD_JOB_PROCESS !== undefined;
    ${module}
    @Job({ name: '${name}', version: '1.0.0' })
    class Evil {
      constructor(@inject(LOGGER) log${usesDatabase ? ', @inject(DB_POOL) db' : ''}) {
        this.log = log;
        ${usesDatabase ? 'this.db = db;' : ''}
        ${construct}
      }
      async run(ctx) {
        const done = workDone({ counts: { runs: 1 } });
        if (ctx.trigger.requestedBy !== '${MISBEHAVE}') return done;
        ${run}
        return done;
      }
    }
    const plugin = definePlugin({ jobs: [Evil], privileges: { ${privileges} } });
    export default ${plugin.exported ?? 'plugin'};
    void [delay, fs, DB_POOL, JobError, isJob];
  `;
}

/** A fault that is nothing but the body of a run. */
export function fault(
  name: string,
  does: string,
  ends: Fault['ends'],
  run: string,
  more: Partial<Omit<Fault, 'name' | 'does' | 'ends' | 'source'>> & Omit<EvilPlugin, 'name'> = {},
): Fault {
  const { module, exported, construct, privileges, ...settings } = more;
  return {
    name,
    does,
    ends,
    source: evilPlugin({
      name,
      run,
      ...(module === undefined ? {} : { module }),
      ...(exported === undefined ? {} : { exported }),
      ...(construct === undefined ? {} : { construct }),
      ...(privileges === undefined ? {} : { privileges }),
    }),
    ...settings,
  };
}

export const SUCCEEDED = { result: 'succeeded' } as const;
export const failed = (code: string) => ({ result: 'failed', code });
export const crashed = (code: string) => ({ result: 'crashed', code });
export const TIMED_OUT = { result: 'timed-out', code: 'BFD_RUN_TIMED_OUT' } as const;
