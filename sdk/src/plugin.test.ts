import { describe, expect, it } from 'vitest';
import {
  CONFIG,
  DB_POOL,
  definePlugin,
  inject,
  Job,
  LOGGER,
  type Logger,
  nothingToDo,
  type Pool,
  type Runnable,
  z,
} from './index.ts';
import { PluginDefinitionError } from './runtime.ts';

const config = z.strictObject({ bucket: z.string(), limit: z.int().default(10) });
type Config = z.infer<typeof config>;

@Job({ name: 'good-job', version: '1.2.3', schedule: { cron: '0 4 * * *' }, config })
class GoodJob implements Runnable {
  constructor(
    @inject(CONFIG) private readonly config: Config,
    @inject(LOGGER) private readonly log: Logger,
  ) {}
  async run() {
    this.log.info('ran', { limit: this.config.limit });
    return nothingToDo();
  }
  async forItem() {}
}

// What is given to `create` is all a job sees of its host.
function listeningLogger(lines: unknown[]): Logger {
  const note = (message: string, fields?: unknown) => lines.push({ message, fields });
  return { debug: note, info: note, warn: note, error: note };
}

describe('a plugin', () => {
  const plugin = definePlugin({ jobs: [GoodJob], schemas: ['ccw'] });

  it('declares its jobs as plain data', () => {
    expect(JSON.parse(JSON.stringify(plugin.jobs))).toMatchObject([
      {
        name: 'good-job',
        version: '1.2.3',
        schedule: { cron: '0 4 * * *' },
        needs: ['config', 'logger'],
        hasItems: true,
        configSchema: { type: 'object', required: ['bucket'], additionalProperties: false },
      },
    ]);
    expect(plugin).toMatchObject({ apiVersion: 1, schemas: ['ccw'], privileges: {} });
  });

  it('builds a job with the services it injects', async () => {
    const lines: unknown[] = [];
    const job = plugin.create('good-job', {
      config: { bucket: 'a', limit: 3 },
      logger: listeningLogger(lines),
    });
    // @ts-expect-error: this job uses nothing of its context
    await job.run({});
    expect(lines).toEqual([{ message: 'ran', fields: { limit: 3 } }]);
  });

  it('refuses to build a job without a service it injects', () => {
    expect(() => plugin.create('good-job', { config: {} })).toThrow(/logger/);
  });

  it('fills in the defaults of a configuration', () => {
    expect(plugin.parseConfig('good-job', { bucket: 'a' })).toEqual({
      ok: true,
      value: { bucket: 'a', limit: 10 },
    });
  });

  it('names every problem of a configuration by its path', () => {
    const parsed = plugin.parseConfig('good-job', { limit: 'many', bukket: 'a' });
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ path: 'bucket' }, { path: 'limit' }, { path: '' }],
    });
  });

  it('has only its own jobs', () => {
    expect(() => plugin.create('other-job', {})).toThrow(PluginDefinitionError);
  });
});

describe('a class that is no job', () => {
  it('is refused with everything that is wrong with all classes', () => {
    class NoJob implements Runnable {
      async run() {
        return nothingToDo();
      }
    }
    @Job({ name: 'twice', version: '1.0.0' })
    class First implements Runnable {
      constructor(readonly db: Pool) {}
      async run() {
        return nothingToDo();
      }
    }
    @Job({ name: 'twice', version: '1.0.0', config: z.object({ since: z.date() }) })
    class Second implements Runnable {
      async run() {
        return nothingToDo();
      }
    }
    // @ts-expect-error: no run
    @Job({ name: 'runless', version: '1.0.0' })
    class Runless {}
    @Job({ name: 'unconfigured', version: '1.0.0' })
    class Unconfigured implements Runnable {
      constructor(@inject(CONFIG) readonly config: unknown) {}
      async run() {
        return nothingToDo();
      }
    }

    const define = () =>
      // @ts-expect-error: no run
      definePlugin({ jobs: [NoJob, First, Second, Runless, Unconfigured] });

    expect(define).toThrow(
      expect.objectContaining({
        code: 'BFD_PLUGIN_DEFINITION',
        problems: [
          'class NoJob has no @Job(...)',
          'twice: constructor parameter 1 has no @inject(TOKEN)',
          'two classes are called "twice"',
          expect.stringMatching(/^twice: its config cannot be written as JSON Schema/),
          'runless: the class has no run(ctx)',
          'unconfigured: asks for CONFIG, but @Job has no config schema',
        ],
      }),
    );
  });

  it('is refused when it inherits a constructor that injects, as it would get nothing', () => {
    abstract class WithPool {
      constructor(@inject(DB_POOL) protected readonly db: Pool) {}
    }
    @Job({ name: 'heir', version: '1.0.0' })
    class Heir extends WithPool implements Runnable {
      async run() {
        return nothingToDo();
      }
    }
    expect(() => definePlugin({ jobs: [Heir] })).toThrow(/heir: the constructor is inherited/);
  });
});
