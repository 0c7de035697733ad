// A job: a class with `run`, and what the host must know of it before any of its code runs.

import 'reflect-metadata';
import { injectable, inject as tsyringeInject } from 'tsyringe';
import type { z } from 'zod';
import type { ItemContext, Json, RunContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { ServiceToken } from './tokens.ts';

/**
 * What a job class implements.
 *
 * tsyringe's `dispose()`, if the class has one, is called before its process ends.
 */
export interface Runnable {
  /** Does the work, once. Returns what came of it, or throws. */
  run(ctx: RunContext): Promise<Outcome>;
  /** Checks, before the first run of a process, that the job could work at all; throws if not. */
  preflight?(ctx: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Works on one item of {@link RunContext.forEach}. A method and not a closure, because it may be called
   * on another host, on an instance built the same way.
   */
  forItem?(item: Json, ctx: ItemContext): Promise<Json> | Promise<void>;
}

/** When a job runs by the clock. */
export interface Schedule {
  /** Five or six fields (seconds first) as node-cron takes them: `0 4 * * *`, or `*` + `/30 * * * * *`. */
  readonly cron: string;
  /** IANA name; UTC if absent. */
  readonly timezone?: string;
  /** Each fire is put off by a random time up to this; 0 if absent. */
  readonly jitterMs?: number;
  /** What to do about fires that nobody was there for: run `latest` of them (default), or `skip` all. */
  readonly missed?: 'skip' | 'latest';
}

/** Another job whose latest finished run must have succeeded before this one runs. */
export interface Dependency {
  readonly job: string;
  /** semver range that the version of its latest finished run must satisfy; a plain "42" means ">=42". */
  readonly version?: string;
  /** How long ago that run may have finished, in milliseconds; any time if absent. */
  readonly maxAgeMs?: number;
  /** Whether the job may run when there is no such job here, or it is disabled. */
  readonly optional?: boolean;
  /** Whether to run again when that job's version changed, although nothing else triggers. */
  readonly rerunOnVersionChange?: boolean;
}

/** How often and when a run that failed is tried again. */
export interface Retries {
  /** How many tries follow the first. */
  readonly limit: number;
  /** Wait before the first retry, doubled for each further one; 1,000 if absent. */
  readonly delayMs?: number;
  /** Longest wait; 300,000 if absent. */
  readonly maxDelayMs?: number;
  /** Retry only errors with one of these codes; all but permanent ones if absent. */
  readonly codes?: readonly string[];
}

/** How long a run may take. */
export interface JobTimeout {
  /** After this the run's signal aborts. */
  readonly softMs: number;
  /** After this its process is killed; 30 s later than soft if absent. */
  readonly hardMs?: number;
}

/** What the host knows of a job before any of its code runs. All but name and version may be left out. */
export interface JobOptions {
  /** Lower case, digits and dashes. Unique among all jobs of a host. */
  readonly name: string;
  /** The job's own version, for dependants and for run records. */
  readonly version: string;
  readonly description?: string;
  readonly schedule?: Schedule;
  /** Whether to run once when a host starts. */
  readonly startup?: boolean;
  readonly dependsOn?: readonly Dependency[];
  /** Whether to run after a dependency did work, even though there is a schedule. Without a schedule it does anyway. */
  readonly runAfter?: boolean;
  /** What the job's `config` in host.config.json must look like. Must be expressible as JSON Schema. */
  readonly config?: z.ZodType;
  readonly retries?: Retries;
  readonly timeout?: JobTimeout;
  /** Name of a pool in host.config.json that bounds how many of its jobs run at once. */
  readonly pool?: string;
  /** Among jobs that may start, higher goes first; 0 if absent. */
  readonly priority?: number;
  /** Whether a host runs it without being told to; true if absent. */
  readonly enabledByDefault?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript only takes a class decorator for any constructor written so
export type JobClass = new (...args: any[]) => Runnable;

interface JobFacts {
  readonly options: JobOptions;
  readonly tokens: ReadonlyMap<number, ServiceToken>;
}

const OPTIONS = new WeakMap<object, JobOptions>();
const TOKENS = new WeakMap<object, Map<number, ServiceToken>>();

/**
 * Declares a class a job.
 *
 * @example
 * @Job({ name: 'sample-job', version: '1.0.0', schedule: { cron: '0 4 * * *' } })
 * export class SampleJob implements Runnable { … }
 */
export function Job(options: JobOptions) {
  return (target: JobClass): void => {
    injectable()(target);
    OPTIONS.set(target, options);
  };
}

/**
 * Names the service a constructor parameter gets. Every parameter needs one: a bundle carries no types.
 *
 * @example
 * constructor(@inject(DB_POOL) private readonly db: Pool) {}
 */
export function inject(token: ServiceToken) {
  return (target: object, property: string | symbol | undefined, index: number): void => {
    const tokens = TOKENS.get(target) ?? new Map<number, ServiceToken>();
    TOKENS.set(target, tokens.set(index, token));
    tsyringeInject(token)(target, property, index);
  };
}

/** Whether the class has its constructor from a class that injects: what was noted there does not reach it. */
export function inheritsConstructor(jobClass: JobClass): boolean {
  if (TOKENS.has(jobClass) || jobClass.length > 0) return false;
  for (let base = Object.getPrototypeOf(jobClass); base; base = Object.getPrototypeOf(base)) {
    if (TOKENS.has(base)) return true;
  }
  return false;
}

/** What `@Job` and `@inject` noted of a class; `undefined` if it is no job. */
export function jobFacts(jobClass: JobClass): JobFacts | undefined {
  const options = OPTIONS.get(jobClass);
  return options && { options, tokens: TOKENS.get(jobClass) ?? new Map() };
}
