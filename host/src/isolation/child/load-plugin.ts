// From the bundle's bytes to the job's instance. Each step that can go wrong has a code of its own.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { JobInstance, JobServices, PluginModule } from '@bfd-host/sdk/runtime';
import type { ErrorFacts } from '../protocol.ts';
import type { RuntimeErrorCode } from '../runtime-errors.ts';
import { describeErrorAs, type ErrorReader } from './describe-error.ts';
import { dataProperty, isList } from './private.ts';

/** Starting the job failed in an orderly way; `facts` may leave. */
export class Refusal extends Error {
  readonly facts: ErrorFacts;

  constructor(facts: ErrorFacts) {
    super(facts.source);
    this.facts = facts;
  }
}

export interface BundleToLoad {
  readonly file: string;
  readonly sha256: string;
  readonly apiVersion: number;
  readonly job: string;
}

export function readBundle({ file, sha256 }: BundleToLoad): { source: string; url: string } {
  const bytes = readFileSync(file);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) refuse('BFD_PLUGIN_DIGEST');
  return { source: bytes.toString('utf8'), url: pathToFileURL(file).href };
}

export async function importPlugin(
  { apiVersion, job }: BundleToLoad,
  reader: ErrorReader,
): Promise<PluginModule> {
  const module = await attempt('BFD_PLUGIN_IMPORT', reader, () => import(reader.bundleUrl));
  const plugin: unknown = module.default;
  const found = dataProperty(plugin, 'apiVersion');
  const jobs = dataProperty(plugin, 'jobs');
  if (typeof found !== 'number' || !isList(jobs)) return refuse('BFD_PLUGIN_EXPORT');
  if (found !== apiVersion)
    return refuse('BFD_PLUGIN_API_VERSION', { found, expected: apiVersion });
  for (const method of ['parseConfig', 'create']) {
    if (typeof dataProperty(plugin, method) !== 'function') return refuse('BFD_PLUGIN_EXPORT');
  }
  if (!jobs.some((declared) => dataProperty(declared, 'name') === job)) {
    return refuse('BFD_PLUGIN_JOB_MISSING');
  }
  // Everything this runtime uses of it has just been looked at.
  return plugin as PluginModule;
}

/** The job's configuration as its author's schema makes it. */
export async function configOf(
  plugin: PluginModule,
  job: string,
  config: unknown,
  reader: ErrorReader,
): Promise<unknown> {
  const parsed = await attempt('BFD_JOB_CONFIG', reader, () => plugin.parseConfig(job, config));
  if (parsed.ok) return parsed.value;
  throw new Refusal({
    source: 'runtime',
    code: 'BFD_JOB_CONFIG',
    fields: [],
    problems: parsed.problems
      .slice(0, 50)
      .map(({ path, problem }) => ({ path: path.slice(0, 300), problem: problem.slice(0, 300) })),
  });
}

export function createJob(
  plugin: PluginModule,
  job: string,
  services: JobServices,
  reader: ErrorReader,
): Promise<JobInstance> {
  return attempt('BFD_JOB_CONSTRUCTOR', reader, () => plugin.create(job, services));
}

async function attempt<T>(
  code: RuntimeErrorCode,
  reader: ErrorReader,
  step: () => T | Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new Refusal(describeErrorAs(code, error, reader));
  }
}

function refuse(code: RuntimeErrorCode, fields: Readonly<Record<string, number>> = {}): never {
  const wire = Object.entries(fields).map(([name, value]): [string, number] => [name, value]);
  throw new Refusal({ source: 'runtime', code, fields: wire });
}
