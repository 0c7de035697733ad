// Where a job's project goes: into the plugins of the repository one is in, or into a folder of its own.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CreateError } from './create-error.ts';

export interface Place {
  /** Absolute; not there yet. */
  readonly folder: string;
  /** Absolute path of the repository whose workspace the project will be; absent: it stands alone. */
  readonly repository?: string;
}

/**
 * @param from - the folder one is in
 * @param into - the folder to put the project's folder into, if somebody said
 * @throws {@link CreateError} when there is something of that name already
 */
export function choosePlace(name: string, from: string, into: string | undefined): Place {
  const repository = repositoryAbove(into === undefined ? from : path.resolve(from, into));
  const plugins = repository && path.join(repository, 'plugins');
  const parent = into === undefined ? (plugins ?? from) : path.resolve(from, into);
  const folder = path.join(parent, name);
  if (existsSync(folder)) {
    throw new CreateError('BFD_CREATE_EXISTS', [
      `there is a ${path.relative(from, folder) || name} already; take another name, or remove it`,
    ]);
  }
  if (repository === undefined || parent !== plugins) return { folder };
  const owner = pluginWithJob(plugins, name);
  if (owner !== undefined) {
    throw new CreateError('BFD_CREATE_EXISTS', [
      `plugins/${owner} has a job ${name} already, and a host loads neither of two; take another name`,
    ]);
  }
  return { folder, repository };
}

/** The next folder above that is a repository of bfd-host with its plugins as workspaces. */
function repositoryAbove(start: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const { name, workspaces } = readJson(path.join(folder, 'package.json'));
    if (name === 'bfd-host' && Array.isArray(workspaces) && workspaces.includes('plugins/*')) {
      return folder;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function pluginWithJob(plugins: string, job: string): string | undefined {
  if (!existsSync(plugins)) return undefined;
  return readdirSync(plugins).find((name) =>
    ['dist/plugin.json', 'plugin.json'].some((file) => {
      const { jobs } = readJson(path.join(plugins, name, file));
      return Array.isArray(jobs) && jobs.some((known) => known?.name === job);
    }),
  );
}

function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {}; // not there, or not ours to judge
  }
}
