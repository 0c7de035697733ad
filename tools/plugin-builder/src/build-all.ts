// Many folders at once, for `bfd-plugin build plugins/*` and `check`: what a shell puts in for the star may hold
// files, notes and plugins that were dropped in already built.

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, type BuiltPlugin, buildPlugin } from './build.ts';
import { builtFolder, type CheckedPlugin, checkPlugin } from './check.ts';
import { DEFAULT_ENTRY } from './package-facts.ts';
import { type PluginProblem, PluginProblemsError } from './problems.ts';

/** Why a folder, or a file taken for one, was left alone. */
export type Skipped = 'already-built' | 'no-folder' | 'no-plugin';

/** What came of one folder. */
export type FolderResult<T> =
  | { readonly kind: 'done'; readonly folder: string; readonly plugin: T }
  | { readonly kind: 'skipped'; readonly folder: string; readonly why: Skipped }
  | {
      readonly kind: 'failed';
      readonly folder: string;
      readonly problems: readonly PluginProblem[];
    };

/** Builds every source folder, several at a time; one that fails leaves the others alone. */
export function buildAll(
  folders: readonly string[],
  options: BuildOptions,
): Promise<FolderResult<BuiltPlugin>[]> {
  return mapSome(folders, async (folder) => {
    const why = await whySkipped(folder);
    if (why) return { kind: 'skipped', folder, why };
    return settle(folder, () => buildPlugin(folder, options));
  });
}

/** Verifies every folder, several at a time. */
export function checkAll(folders: readonly string[]): Promise<FolderResult<CheckedPlugin>[]> {
  return mapSome(folders, (folder) => settle(folder, () => checkPlugin(folder)));
}

async function whySkipped(folder: string): Promise<Skipped | undefined> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts && !facts.isDirectory()) return 'no-folder';
  if (!facts || (await exists(join(folder, 'package.json')))) return undefined;
  if ((await builtFolder(folder)) === folder) return 'already-built';
  if (await exists(join(folder, DEFAULT_ENTRY))) return undefined;
  return 'no-plugin';
}

async function settle<T>(folder: string, work: () => Promise<T>): Promise<FolderResult<T>> {
  try {
    return { kind: 'done', folder, plugin: await work() };
  } catch (error) {
    if (error instanceof PluginProblemsError) {
      return { kind: 'failed', folder, problems: error.problems };
    }
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Maps in order, with as many at a time as there are cores. */
async function mapSome<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
