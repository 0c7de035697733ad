// host.config.json from disk to a HostConfig. Everything that is wrong with it is told at once.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import { isLoopback } from './address-range.ts';
import { ConfigError } from './config-error.ts';
import { deepFreeze } from './deep-freeze.ts';
import { describeIssues } from './describe-issues.ts';
import {
  DATABASE_VARIABLE,
  pluginS3,
  resolveS3,
  withDatabase,
  withoutDatabase,
} from './environment.ts';
import type {
  DatabaseSetting,
  HostConfig,
  JobSettings,
  PageSetting,
  PluginSettings,
  S3Setting,
  SettingSource,
} from './host-config.ts';
import {
  hostConfigSchema,
  type ParsedHostConfig,
  type ParsedPluginSettings,
  pluginSettingsSchema,
} from './host-config-schema.ts';
import { interpolate, type SecretReference } from './interpolate.ts';
import { type JsonObject, JsonTextError, type JsonValue, parseJsonText } from './json-text.ts';
import { memberPath } from './member-path.ts';

export interface ReadHostConfig {
  /** What the file says, without what is wrong in it. Only to go on looking for more problems. */
  readonly config: HostConfig;
  readonly problems: readonly Problem[];
  /** Where the file takes a text from the environment or another file. */
  readonly references: readonly SecretReference[];
}

/**
 * Reads, completes and checks host.config.json.
 *
 * @param path - of the file
 * @param env - variables for `${env:NAME}`, `BFD_DATABASE_URL` and those of AWS
 * @throws {@link ConfigError} with all problems of the file
 * @example
 * const config = await readHostConfig('host.config.json', process.env);
 */
export async function readHostConfig(path: string, env: NodeJS.ProcessEnv): Promise<HostConfig> {
  const { config, problems } = await readHostConfigLeniently(path, env);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}

/**
 * As {@link readHostConfig}, but a file with wrong members is read without them, so that what is wrong
 * elsewhere can be told in the same list.
 *
 * @param options.standIn - put in place of each secret, which is then not read
 * @throws {@link ConfigError} when there is no such file or it is not JSON
 */
export async function readHostConfigLeniently(
  path: string,
  env: NodeJS.ProcessEnv,
  options: { readonly standIn?: string } = {},
): Promise<ReadHostConfig> {
  return hostConfigOf(await readJson(path), path, env, options);
}

/**
 * What a file at `path` would be read as if it held this value.
 *
 * @param json.problems - those of its text
 */
export async function hostConfigOf(
  json: { readonly value: JsonValue; readonly problems: readonly Problem[] },
  path: string,
  env: NodeJS.ProcessEnv,
  { standIn }: { readonly standIn?: string } = {},
): Promise<ReadHostConfig> {
  const file = resolve(path);
  const folder = dirname(file);
  const { value } = json;
  const problems = [...json.problems];
  const url = env[DATABASE_VARIABLE];
  const ofFile = url && isObject(value) ? withoutDatabase(value) : value;
  const interpolated = await interpolate(ofFile, {
    env,
    folder,
    ...(standIn === undefined ? {} : { standIn }),
  });
  problems.push(...interpolated.problems);

  const secretPaths = new Set(interpolated.secretPaths);
  const whole = interpolated.value;
  const checked = check(url && isObject(whole) ? withDatabase(whole, url) : whole, secretPaths);
  // A member whose placeholder has no value is told once, not also as missing.
  const told = new Set(interpolated.problems.map(({ at }) => at));
  problems.push(...checked.problems.filter(({ at }) => !told.has(at)));

  const { parsed } = checked;
  const config = complete(parsed, { file, env, secretPaths: [...secretPaths] });
  problems.push(...crossCheck(config));
  const { references } = interpolated;
  return { config, references, problems: problems.map((problem) => named(problem, env)) };
}

/** Settings of any plugin, named in the file or not. */
export function pluginSettings(config: HostConfig, plugin: string): PluginSettings {
  return config.plugins[plugin] ?? DEFAULT_PLUGIN_SETTINGS;
}

const MAX_FILE_BYTES = 4 * 1024 * 1024;

async function readJson(path: string): Promise<{ value: JsonValue; problems: Problem[] }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unreadable';
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new ConfigError(
      path,
      [{ at: resolve(path), problem: `${why}; name the right one with --config` }],
      { cause: error },
    );
  }
  if (bytes.length > MAX_FILE_BYTES) {
    const problem = `expected at most ${MAX_FILE_BYTES} bytes`;
    throw new ConfigError(path, [{ at: resolve(path), problem }]);
  }
  try {
    return parseJsonText(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new ConfigError(path, [{ at: error.place, problem: error.problem }]);
  }
}

// Checks the whole; where that fails, takes out what is wrong and checks again, for the sake of the caller.
function check(
  value: JsonValue | undefined,
  secretPaths: ReadonlySet<string>,
): { parsed: ParsedHostConfig; problems: Problem[] } {
  let problems: Problem[] | undefined;
  let remaining: unknown = value;
  for (;;) {
    const result = hostConfigSchema.safeParse(remaining);
    if (result.success) return { parsed: result.data, problems: problems ?? [] };
    const found = describeIssues(result.error.issues, remaining, secretPaths);
    problems ??= found.map(({ at, problem }) => ({ at, problem }));
    for (const { path } of found) remaining = without(remaining, path);
  }
}

// Copies nothing: the value was made by interpolate, for this file alone.
function without(root: unknown, path: readonly PropertyKey[]): unknown {
  const last = path.at(-1);
  if (last === undefined || !isObject(root)) return {};
  let parent: unknown = root;
  for (const part of path.slice(0, -1)) parent = (parent as Record<PropertyKey, unknown>)?.[part];
  if (Array.isArray(parent) || !isObject(parent) || !Object.hasOwn(parent, last)) {
    // Missing here, or one item of a list: what holds it has to go.
    return without(root, path.slice(0, -1));
  }
  // A pool stays a pool: jobs name it, and that is no mistake of theirs.
  if (path.length === 2 && path[0] === 'pools') parent[String(last)] = 1;
  else delete parent[String(last)];
  return root;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Surroundings {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secretPaths: readonly string[];
}

function complete(parsed: ParsedHostConfig, around: Surroundings): HostConfig {
  const { file, env, secretPaths } = around;
  const folder = dirname(file);
  const database = resolveDatabase(
    parsed.database,
    env[DATABASE_VARIABLE] ? 'environment' : 'file',
  );
  const s3 = resolveS3(parsed.s3, env);
  const { stopGraceMs } = parsed;
  return deepFreeze<HostConfig>({
    file,
    mode: parsed.mode ?? (database.kind === 'embedded' ? 'development' : 'production'),
    database,
    s3,
    stateFolder: resolve(folder, parsed.stateFolder),
    pluginsFolder: resolve(folder, parsed.pluginsFolder),
    concurrency: parsed.concurrency,
    pools: mapMembers(parsed.pools, (slots) => slots),
    ...(stopGraceMs === undefined ? {} : { stopGraceMs }),
    retention: parsed.retention,
    ...(parsed.http === false ? {} : { http: resolvePage(parsed.http, folder) }),
    telemetry: parsed.telemetry,
    jobs: mapMembers(parsed.jobs, (job): JobSettings => {
      const { schedule, config, ...rest } = job;
      return {
        ...rest,
        ...(schedule === undefined
          ? {}
          : { schedule: typeof schedule === 'string' ? { cron: schedule } : schedule }),
        // It came out of JSON text and the schema passes it on as it is.
        ...(config === undefined ? {} : { config: config as Record<string, JsonValue> }),
      };
    }),
    plugins: mapMembers(parsed.plugins, (plugin) => resolvePlugin(plugin, s3, env)),
    secretPaths,
  });
}

function resolveDatabase(
  setting: ParsedHostConfig['database'],
  from: SettingSource,
): DatabaseSetting {
  if (setting === 'embedded') return { kind: 'embedded', poolSize: DEFAULT_POOL_SIZE };
  const { url, directUrl, poolSize } =
    typeof setting === 'string'
      ? { url: setting, directUrl: undefined, poolSize: DEFAULT_POOL_SIZE }
      : { directUrl: undefined, ...setting };
  return { kind: 'external', from, url, directUrl: directUrl ?? url, poolSize };
}

const DEFAULT_POOL_SIZE = 10;

function resolvePage(
  { tls, ...rest }: Exclude<ParsedHostConfig['http'], false>,
  folder: string,
): PageSetting {
  const files = tls && {
    certFile: resolve(folder, tls.certFile),
    keyFile: resolve(folder, tls.keyFile),
  };
  return { ...rest, isLoopback: isLoopback(rest.host), ...(files ? { tls: files } : {}) };
}

function resolvePlugin(
  parsed: ParsedPluginSettings,
  hostS3: S3Setting,
  env: NodeJS.ProcessEnv,
): PluginSettings {
  const { s3, rssMb, ...rest } = parsed;
  return {
    ...rest,
    rssMb: rssMb ?? 2 * parsed.memoryMb,
    ...(s3 === undefined ? {} : { s3: pluginS3(s3, hostS3, env) }),
  };
}

const DEFAULT_PLUGIN_SETTINGS = deepFreeze(
  resolvePlugin(pluginSettingsSchema.parse({}), { kind: 'embedded' }, {}),
);

function mapMembers<V, R>(members: Record<string, V>, change: (value: V) => R): Record<string, R> {
  const changed: Record<string, R> = Object.create(null);
  for (const [name, value] of Object.entries(members)) changed[name] = change(value);
  return changed;
}

// What only several members together show.
function crossCheck(config: HostConfig): Problem[] {
  return [...pageProblems(config), ...debugOutputProblems(config)];
}

// What people ask of jobs, and the token that lets them, must not cross a network in clear text.
function pageProblems({ http }: HostConfig): Problem[] {
  if (!http || http.isLoopback || http.tls || http.trustedProxies.length > 0) return [];
  return [
    {
      at: memberPath(['http', 'host']),
      problem:
        'expected "127.0.0.1" or another address of this machine alone, or beside it "tls", or "trustedProxies" that do the TLS',
    },
  ];
}

function debugOutputProblems(config: HostConfig): Problem[] {
  if (config.mode !== 'production') return [];
  return Object.entries(config.jobs)
    .filter(([, { debugOutput }]) => debugOutput)
    .map(([job]) => ({
      at: memberPath(['jobs', job, 'debugOutput']),
      problem:
        'expected false, since console output may hold data of people and the mode is "production"',
    }));
}

// The database of the environment was checked in the place of the file's member.
function named(problem: Problem, env: NodeJS.ProcessEnv): Problem {
  const isOfEnvironment =
    env[DATABASE_VARIABLE] && (problem.at === 'database' || problem.at === 'database.url');
  return isOfEnvironment ? { ...problem, at: DATABASE_VARIABLE } : problem;
}
