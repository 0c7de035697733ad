// The plugins folder: each folder in it that holds plugin.json, itself or in `dist`, is a plugin.

import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { quoted } from '../config/member-path.ts';
import type { Problem } from '../errors.ts';
import type { Catalog, CatalogPlugin, Refusal } from './catalog.ts';
import { type PluginRead, REPLACE_LINK, readPlugin } from './read-plugin.ts';

/**
 * Reads the manifests of all plugins. A broken plugin is refused with its reason and keeps no other from
 * being read; no plugin code runs.
 *
 * @param pluginsFolder - absolute; when it is not there, there are no plugins
 * @example
 * const catalog = await scanPlugins(config.pluginsFolder);
 */
export async function scanPlugins(pluginsFolder: string): Promise<Catalog> {
  const shownRoot = basename(pluginsFolder);
  const notices: Problem[] = [];
  const unbuilt: string[] = [];
  const folders = await pluginFolders(pluginsFolder);
  if ('refused' in folders) return { plugins: [], refused: [folders.refused], unbuilt, notices };
  const { names } = folders;
  const root = await realpath(pluginsFolder);
  const reads = await Promise.all(
    names.map((name) => readFolder(join(root, name), `${shownRoot}/${name}`, { notices, unbuilt })),
  );
  const read = reads.flatMap(({ plugin }) => plugin ?? []);
  const duplicates = findDuplicates(read);
  const isRefused = (plugin: string, job?: string) =>
    duplicates.some((refusal) => refusal.name === plugin && refusal.job === job);
  const plugins = read
    .filter(({ name }) => !isRefused(name))
    .map((plugin) => {
      const jobs = plugin.jobs.filter((job) => !isRefused(plugin.name, job.name));
      return { ...plugin, jobs };
    });
  return {
    plugins: plugins.sort((a, b) => compare(a.name, b.name)),
    refused: [...reads.flatMap(({ refused }) => refused), ...duplicates],
    unbuilt: unbuilt.sort(compare),
    notices: notices.sort((a, b) => compare(a.at, b.at)),
  };
}

async function pluginFolders(
  pluginsFolder: string,
): Promise<{ names: string[] } | { refused: Refusal }> {
  try {
    const entries = await readdir(pluginsFolder, { withFileTypes: true });
    const names = entries
      .filter(
        (entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()),
      )
      .map(({ name }) => name);
    return { names: names.sort() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
    const problem = `the folder of all plugins, ${quoted(pluginsFolder)}, ${why}`;
    const remedy = 'Name the right one as "pluginsFolder" in host.config.json.';
    const folder = basename(pluginsFolder);
    return { refused: { code: 'BFD_PLUGINS_FOLDER', folder, problem, remedy } };
  }
}

async function readFolder(
  folder: string,
  shown: string,
  tell: { readonly notices: Problem[]; readonly unbuilt: string[] },
): Promise<PluginRead> {
  const dist = join(folder, 'dist');
  try {
    if ((await kindOf(folder)) === 'link') return { refused: [linkRefused(shown, 'it')] };
    const isDropped = (await kindOf(join(folder, 'plugin.json'))) !== 'nothing';
    const distKind = await kindOf(dist);
    if (!isDropped && distKind === 'link') return { refused: [linkRefused(shown, '"dist"')] };
    const isBuilt =
      distKind === 'folder' && (await kindOf(join(dist, 'plugin.json'))) !== 'nothing';
    if (isDropped && isBuilt) {
      const problem = 'plugin.json is used, dist/plugin.json is not; remove one';
      tell.notices.push({ at: shown, problem });
    }
    if (isDropped) return await readPlugin(folder, shown);
    if (isBuilt) return await readPlugin(dist, `${shown}/dist`);
    const isSource = (await kindOf(join(folder, 'package.json'))) !== 'nothing';
    if (isSource) tell.unbuilt.push(shown);
    const remedy = isSource ? `; build it: bfd-plugin build ${shown}` : '';
    tell.notices.push({ at: shown, problem: `holds no plugin.json${remedy}` });
    return { refused: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const problem = `it cannot be read (${code})`;
    const remedy = `See that the user of this host may read ${quoted(folder)} and what is in it.`;
    return { refused: [{ code: 'BFD_PLUGIN_UNREADABLE', folder: shown, problem, remedy }] };
  }
}

async function kindOf(path: string): Promise<'nothing' | 'link' | 'folder' | 'other'> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing';
    throw error;
  }
}

function linkRefused(folder: string, what: string): Refusal {
  const problem = `${what} is a symbolic link`;
  return { code: 'BFD_PLUGIN_SYMLINK', folder, problem, remedy: REPLACE_LINK };
}

// Which of two was meant nobody can say here, and to run the wrong one is worse than to run neither.
function findDuplicates(plugins: readonly CatalogPlugin[]): Refusal[] {
  const shown = ({ shownFolder }: CatalogPlugin) => shownFolder;
  return plugins.flatMap((plugin) => {
    const others = plugins.filter((other) => other !== plugin);
    const jobs = plugin.manifest.jobs.map(({ name }) => name);
    const base = {
      code: 'BFD_PLUGIN_DUPLICATE' as const,
      folder: shown(plugin),
      name: plugin.name,
      jobs,
    };
    const namesake = others.filter(({ name }) => name === plugin.name);
    if (namesake.length > 0) {
      const problem = `${namesake.map(shown).join(' and ')} is also called "${plugin.name}"`;
      const remedy = 'Neither runs: remove one of the folders and restart.';
      return [{ ...base, problem, remedy }];
    }
    return plugin.jobs.flatMap((job): Refusal[] => {
      const rivals = others.filter((other) => other.jobs.some(({ name }) => name === job.name));
      if (rivals.length === 0) return [];
      const problem = `${rivals.map(shown).join(' and ')} also declares a job "${job.name}"`;
      const remedy =
        'Neither runs: remove one of the folders, or rename one job and build it again.';
      return [{ ...base, job: job.name, problem, remedy }];
    });
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
