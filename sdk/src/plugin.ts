// The one value a bundle exports, and the one interface between a plugin and the runtime that loads it. It
// is plain data and functions, versioned, because the two sides may hold different copies of this SDK.

// First: tsyringe refuses to load without it, and the host comes here without job.ts before it.
import 'reflect-metadata';
import type { S3 as S3Client } from '@aws-sdk/client-s3';
import type { Pool } from 'pg';
import { container, type InjectionToken } from 'tsyringe';
import { z } from 'zod';
import type { ItemContext, Json, RunContext } from './context.ts';
import { PluginDefinitionError } from './definition-error.ts';
import { inheritsConstructor, type JobClass, type JobOptions, jobFacts } from './job.ts';
import type { Logger } from './logger.ts';
import type { Outcome } from './outcome.ts';
import { CONFIG, DB_POOL, LOGGER, S3, type ServiceToken } from './tokens.ts';
import { SDK_VERSION } from './version.ts';

/** Raised when a plugin built before and a host built after could misunderstand each other. */
export const PLUGIN_API_VERSION = 1;

export type Service = 'db' | 's3' | 'config' | 'logger';

/** What the runtime hands to a job. Only what the job injects is there. */
export interface JobServices {
  readonly db?: Pool;
  readonly s3?: S3Client;
  readonly config?: unknown;
  readonly logger?: Logger;
}

export interface JobDeclaration extends Omit<JobOptions, 'config'> {
  /** JSON Schema of the job's configuration; absent when it takes none. */
  readonly configSchema?: Readonly<Record<string, unknown>>;
  readonly needs: readonly Service[];
  /** Whether the class has `forItem`. */
  readonly hasItems: boolean;
}

/** Exceptions to least privilege. Each must also be granted in host.config.json. */
export interface Privileges {
  /** Environment variables to pass on. */
  readonly environment?: readonly string[];
  /** Files or folders it may read besides its own. */
  readonly read?: readonly string[];
  /** Folders it may write to besides its own temporary one. */
  readonly write?: readonly string[];
  /** Whether it may open network connections although it asks for neither DB_POOL nor S3. */
  readonly network?: boolean;
  readonly childProcesses?: boolean;
  readonly workers?: boolean;
  readonly addons?: boolean;
}

/** What makes a plugin. */
export interface PluginOptions {
  readonly jobs: readonly JobClass[];
  readonly privileges?: Privileges;
  /** Database schemas the plugin works in. With `DB_POOL` its role is limited to these, where the host may make roles. */
  readonly schemas?: readonly string[];
}

export type ParsedConfig =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly problems: readonly { readonly path: string; readonly problem: string }[];
    };

export interface JobInstance {
  run(ctx: RunContext): Promise<Outcome>;
  preflight?(ctx: { readonly signal: AbortSignal }): Promise<void>;
  forItem?(item: Json, ctx: ItemContext): Promise<Json> | Promise<void>;
  dispose(): Promise<void>;
}

/** What {@link definePlugin} makes: the one interface between a plugin and the runtime that loads it. */
export interface PluginModule {
  readonly apiVersion: number;
  readonly sdkVersion: string;
  readonly privileges: Privileges;
  readonly schemas: readonly string[];
  readonly jobs: readonly JobDeclaration[];
  /** Checks a job's configuration with the author's own schema, defaults filled in. */
  parseConfig(job: string, config: unknown): ParsedConfig;
  /** Builds one job with the services it injects. */
  create(job: string, services: JobServices): JobInstance;
}

/**
 * Makes the value a plugin exports as default.
 *
 * @throws {@link PluginDefinitionError} naming everything that is wrong with the classes
 * @example
 * export default definePlugin({ jobs: [SampleJob] });
 */
export function definePlugin(options: PluginOptions): PluginModule {
  const classes = new Map<string, JobClass>();
  const problems: string[] = [];
  const jobs: JobDeclaration[] = [];
  for (const jobClass of options.jobs) {
    const facts = jobFacts(jobClass);
    if (!facts) {
      problems.push(`class ${jobClass.name} has no @Job(...)`);
      continue;
    }
    const { name } = facts.options;
    if (classes.has(name)) problems.push(`two classes are called "${name}"`);
    if (typeof jobClass.prototype.run !== 'function')
      problems.push(`${name}: the class has no run(ctx)`);
    for (let index = 0; index < jobClass.length; index++) {
      if (!facts.tokens.has(index)) {
        problems.push(`${name}: constructor parameter ${index + 1} has no @inject(TOKEN)`);
      }
    }
    if (inheritsConstructor(jobClass)) {
      problems.push(
        `${name}: the constructor is inherited; write it out, with its @inject(TOKEN)s`,
      );
    }
    if ([...facts.tokens.values()].includes(CONFIG) && !facts.options.config) {
      problems.push(`${name}: asks for CONFIG, but @Job has no config schema`);
    }
    classes.set(name, jobClass);
    try {
      jobs.push(declare(facts.options, [...facts.tokens.values()], jobClass));
    } catch (error) {
      problems.push(
        `${name}: its config cannot be written as JSON Schema (${(error as Error).message})`,
      );
    }
  }
  if (problems.length > 0) throw new PluginDefinitionError(problems);

  return {
    apiVersion: PLUGIN_API_VERSION,
    sdkVersion: SDK_VERSION,
    privileges: options.privileges ?? {},
    schemas: options.schemas ?? [],
    jobs,
    parseConfig: (job, config) => parseConfig(classOf(job), config),
    create: (job, services) => create(classOf(job), services),
  };

  function classOf(job: string): JobClass {
    const jobClass = classes.get(job);
    if (!jobClass) throw new PluginDefinitionError([`there is no job "${job}" in this plugin`]);
    return jobClass;
  }
}

const SERVICE_OF: ReadonlyMap<ServiceToken, Service> = new Map<ServiceToken, Service>([
  [DB_POOL, 'db'],
  [S3, 's3'],
  [CONFIG, 'config'],
  [LOGGER, 'logger'],
]);

function declare(
  options: JobOptions,
  tokens: readonly ServiceToken[],
  jobClass: JobClass,
): JobDeclaration {
  const { config, ...rest } = options;
  const needs = tokens.flatMap((token) => SERVICE_OF.get(token) ?? []);
  return {
    ...rest,
    ...(config
      ? { configSchema: z.toJSONSchema(config, { io: 'input', unrepresentable: 'throw' }) }
      : {}),
    needs: [...new Set(needs)].sort(),
    hasItems: typeof jobClass.prototype.forItem === 'function',
  };
}

function parseConfig(jobClass: JobClass, config: unknown): ParsedConfig {
  const schema = jobFacts(jobClass)?.options.config;
  if (!schema) return { ok: true, value: undefined };
  const parsed = schema.safeParse(config ?? {});
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      problem: issue.message,
    })),
  };
}

function create(jobClass: JobClass, services: JobServices): JobInstance {
  // The container of the bundle's own tsyringe: another copy's does not know the classes registered here.
  const own = container.createChildContainer();
  for (const [token, service] of SERVICE_OF) {
    // A factory, because tsyringe does not take an undefined value for one, and a config may be anything.
    if (Object.hasOwn(services, service)) {
      own.register(token as InjectionToken<unknown>, { useFactory: () => services[service] });
    }
  }
  const job = own.resolve(jobClass);
  return {
    run: (ctx) => job.run(ctx),
    ...(job.preflight ? { preflight: job.preflight.bind(job) } : {}),
    ...(job.forItem ? { forItem: job.forItem.bind(job) } : {}),
    dispose: async () => {
      await own.dispose();
    },
  };
}
