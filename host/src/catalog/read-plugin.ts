// One plugin folder, from its manifest: read, checked against what lies beside it, never run.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  PLUGIN_API_VERSION,
  type PluginManifest,
  pluginManifestSchema,
  SDK_VERSION,
} from '@bfd-host/sdk/runtime';
import type { z } from 'zod';
import { JsonTextError, type JsonValue, parseJsonText } from '../config/json-text.ts';
import { memberPath, quoted } from '../config/member-path.ts';
import type { CatalogPlugin, Refusal, RefusalCode } from './catalog.ts';
import { checkJobManifest } from './check-job-manifest.ts';

export interface PluginRead {
  readonly plugin?: CatalogPlugin;
  readonly refused: readonly Refusal[];
}

/** Why a plugin is refused. Caught in this file, where the plugin's name is known. */
class Refused extends Error {
  readonly code: RefusalCode;
  readonly problem: string;
  readonly remedy: string;

  constructor(code: RefusalCode, problem: string, remedy: string, options?: ErrorOptions) {
    super(problem, options);
    this.code = code;
    this.problem = problem;
    this.remedy = remedy;
  }
}

/**
 * Reads the plugin whose manifest lies in `folder`.
 *
 * @param folder - absolute, holds plugin.json
 * @param shownFolder - what people call it
 */
export async function readPlugin(folder: string, shownFolder: string): Promise<PluginRead> {
  const known: { name?: string; jobs?: readonly string[] } = {};
  try {
    await refuseOddFiles(folder);
    const raw = await readManifestFile(folder);
    Object.assign(known, namesIn(raw));
    const manifest = checkManifest(raw, shownFolder);
    const { entryFile, sha256 } = await digestEntry(folder, manifest);
    const refused = manifest.jobs.flatMap((job): Refusal[] => {
      const problems = checkJobManifest(job);
      if (problems.length === 0) return [];
      const remedy = `Mend the job's @Job(...) and build it again (${buildCommand(shownFolder)}).`;
      const problem = problems.join('; ');
      return [
        {
          code: 'BFD_PLUGIN_MANIFEST',
          folder: shownFolder,
          ...known,
          job: job.name,
          problem,
          remedy,
        },
      ];
    });
    const jobs = manifest.jobs.filter(({ name }) => !refused.some(({ job }) => job === name));
    const { name, version } = manifest;
    return {
      plugin: { name, version, folder, shownFolder, entryFile, sha256, manifest, jobs },
      refused,
    };
  } catch (error) {
    const { code, problem, remedy } = error instanceof Refused ? error : unreadable(error, folder);
    return { refused: [{ code, folder: shownFolder, ...known, problem, remedy }] };
  }
}

// A bundle, its map and what it ships beside it. A folder with more is not the output of a build.
const MAX_FILES = 2000;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

// The job's process may read this folder: a link in it would open what it points to.
async function refuseOddFiles(folder: string): Promise<void> {
  let count = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      const shown = quoted(relative(folder, path).split(sep).join('/'));
      if (entry.isSymbolicLink()) {
        throw new Refused('BFD_PLUGIN_SYMLINK', `${shown} is a symbolic link`, REPLACE_LINK);
      }
      if (entry.isDirectory()) waiting.push(path);
      else if (!entry.isFile()) {
        const remedy = 'Remove it: a plugin folder holds files and folders only.';
        throw new Refused('BFD_PLUGIN_FILES', `${shown} is no ordinary file`, remedy);
      }
      if (++count > MAX_FILES) {
        const remedy = 'Copy only what the build made: plugin.json and what lies beside it.';
        throw new Refused('BFD_PLUGIN_FILES', `it holds more than ${MAX_FILES} files`, remedy);
      }
    }
  }
}

export const REPLACE_LINK =
  'Put a copy in its place: what a plugin folder links to could change unseen.';

async function readManifestFile(folder: string): Promise<JsonValue> {
  const bytes = await readRegularFile(join(folder, 'plugin.json'), MAX_MANIFEST_BYTES);
  if (bytes === 'too-large') {
    throw manifestRefused(`plugin.json is larger than ${MAX_MANIFEST_BYTES} bytes`);
  }
  try {
    const { value, problems } = parseJsonText(bytes.toString('utf8'));
    const [first] = problems;
    if (first) throw manifestRefused(`plugin.json: ${first.at} ${first.problem}`);
    return value;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw manifestRefused(`plugin.json is not JSON: ${error.place}: ${error.problem}`, error);
  }
}

function manifestRefused(problem: string, cause?: unknown): Refused {
  const remedy =
    'Build the plugin again with bfd-plugin build; the manifest is not written by hand.';
  return new Refused('BFD_PLUGIN_MANIFEST', problem, remedy, { cause });
}

// Never follows a link and never waits for the other end of a pipe.
async function readRegularFile(path: string, maxBytes: number): Promise<Buffer | 'too-large'> {
  await using file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  const { size } = await file.stat();
  return size > maxBytes ? 'too-large' : await file.readFile();
}

// Names are wanted even of a manifest that is refused: the config may speak of its jobs.
function namesIn(raw: JsonValue): { name?: string; jobs?: readonly string[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return {};
  const { name, jobs } = raw;
  const names = Array.isArray(jobs) ? jobs.map(nameOf) : undefined;
  return {
    ...(isName(name) ? { name } : {}),
    ...(names?.every(isName) ? { jobs: names } : {}),
  };
}

function nameOf(job: JsonValue): JsonValue | undefined {
  if (typeof job !== 'object' || job === null || Array.isArray(job)) return undefined;
  const { name } = job;
  return name;
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z][a-z0-9-]{0,59}$/.test(name);
}

function checkManifest(raw: JsonValue, shownFolder: string): PluginManifest {
  // Before the form: a manifest of another version may well have another one.
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw))
    refuseOtherApi(raw, shownFolder);
  const parsed = pluginManifestSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, MAX_TOLD).flatMap(describeIssue);
    throw manifestRefused(`plugin.json: ${problems.join('; ')}`);
  }
  const names = parsed.data.jobs.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw manifestRefused(`plugin.json declares the job "${twice}" twice`);
  return parsed.data;
}

const MAX_TOLD = 8;

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${memberPath([...issue.path, key])} is not known`);
  }
  const problem = issue.message.replace('Invalid input: expected', 'expected');
  return [
    `${memberPath(issue.path) || 'the whole'}: ${problem.replace(', received undefined', '')}`,
  ];
}

function refuseOtherApi(raw: Record<string, JsonValue>, shownFolder: string): void {
  const { apiVersion } = raw;
  if (typeof apiVersion !== 'number' || apiVersion === PLUGIN_API_VERSION) return;
  const remedy =
    apiVersion > PLUGIN_API_VERSION
      ? 'Update this host, or build the plugin with the SDK of this host'
      : 'Build the plugin again with the SDK of this host';
  throw new Refused(
    'BFD_PLUGIN_API_VERSION',
    `it was built for plugin API ${apiVersion}, and this host speaks ${PLUGIN_API_VERSION}`,
    `${remedy}, ${SDK_VERSION} (${buildCommand(shownFolder)}).`,
  );
}

async function digestEntry(
  folder: string,
  manifest: PluginManifest,
): Promise<{ entryFile: string; sha256: string }> {
  const entryFile = join(folder, manifest.entry);
  const found = await lstat(entryFile).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new Refused(
      'BFD_PLUGIN_ENTRY',
      `${manifest.entry}, which plugin.json names, is not there`,
      "Copy the plugin's folder again, whole, or build it again.",
    );
  });
  if (found.isDirectory()) {
    throw new Refused('BFD_PLUGIN_ENTRY', `${manifest.entry} is a folder`, 'Build it again.');
  }
  const bytes = await readRegularFile(entryFile, MAX_ENTRY_BYTES);
  if (bytes === 'too-large') {
    throw new Refused(
      'BFD_PLUGIN_ENTRY',
      `${manifest.entry} is larger than ${MAX_ENTRY_BYTES} bytes`,
      'Find out what was bundled by mistake, such as data, and build it again.',
    );
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== manifest.sha256) {
    throw new Refused(
      'BFD_PLUGIN_DIGEST',
      `${manifest.entry} is not the file its manifest was made for: it was changed or copied in part`,
      "Copy the plugin's folder again, whole, or build it again.",
    );
  }
  return { entryFile, sha256 };
}

function unreadable(error: unknown, folder: string): Refused {
  const code = errorCode(error) ?? 'unknown error';
  return new Refused(
    'BFD_PLUGIN_UNREADABLE',
    `it cannot be read (${code})`,
    `See that the user of this host may read ${quoted(folder)} and what is in it.`,
    { cause: error },
  );
}

function buildCommand(shownFolder: string): string {
  return `bfd-plugin build ${shownFolder.replace(/\/dist$/, '')}`;
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
