// Folders outside of the repository, as those who use it have them: with the packages installed as npm packs them, or a
// copy of the repository itself. What is not ours in node_modules is linked and not copied.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Packages that are published. */
export const PUBLISHED = {
  '@bfd-host/sdk': 'sdk',
  '@bfd-host/host': 'host',
  '@bfd-host/local-stack': 'tools/local-stack',
  '@bfd-host/plugin-builder': 'tools/plugin-builder',
  '@bfd-host/testkit': 'tools/testkit',
  'create-bfd-job': 'tools/create-bfd-job',
} as const;

export interface Packed {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the tarball. */
  readonly tarball: string;
  readonly files: readonly string[];
}

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** An empty folder that is gone at the end. */
export async function emptyFolder(): Promise<Folder> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'bfd-folder-')));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Packs all published packages as `npm publish` would, from a build as clean as that of a new clone. */
export async function pack(into: string): Promise<Packed[]> {
  for (const folder of Object.values(PUBLISHED)) await removeStale(path.join(ROOT, folder));
  const workspaces = Object.values(PUBLISHED).flatMap((folder) => ['-w', folder]);
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', into, ...workspaces],
    { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  );
  const packed: { name: string; version: string; filename: string; files: { path: string }[] }[] =
    Object.values(JSON.parse(stdout));
  return packed.map(({ name, version, filename, files }) => ({
    name,
    version,
    tarball: path.join(into, filename),
    files: files.map((file) => file.path),
  }));
}

/** Removes what was compiled from sources that are no more. */
async function removeStale(folder: string): Promise<void> {
  for (const file of await readdir(path.join(folder, 'dist'), { recursive: true })) {
    const source = /^(.*?)(\.d\.ts|\.js|\.js\.map)$/.exec(file)?.[1];
    if (source === undefined || existsSync(path.join(folder, 'src', `${source}.ts`))) continue;
    await rm(path.join(folder, 'dist', file));
  }
}

/** A folder in which the packed packages are installed, beside what this repository has installed. */
export async function folderWithPackages(): Promise<
  Folder & { readonly packed: readonly Packed[] }
> {
  const folder = await emptyFolder();
  const packed = await pack(folder.path);
  const modules = path.join(folder.path, 'node_modules');
  await linkModules(modules);
  for (const { name, tarball } of packed) {
    const target = path.join(modules, name);
    await mkdir(target, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  }
  return { ...folder, packed };
}

/** A copy of the repository as it is now, built, with everything installed. */
export async function repositoryCopy(): Promise<Folder> {
  const folder = await emptyFolder();
  await cp(ROOT, folder.path, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !NOT_COPIED.test(path.relative(ROOT, source)),
  });
  const modules = path.join(folder.path, 'node_modules');
  await linkModules(modules);
  for (const [name, target] of await workspaceLinks()) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(target, path.join(modules, name));
  }
  return folder;
}

const NOT_COPIED = /^(node_modules|\.git|plugins\/[^/]+\/\.bfd|\.bfd)(\/|$)/;
const MODULES = path.join(ROOT, 'node_modules');

/** Links all that is installed and not a workspace. */
async function linkModules(modules: string): Promise<void> {
  await mkdir(path.join(modules, '.bin'), { recursive: true });
  const workspaces = new Map(await workspaceLinks());
  for (const name of await readdir(MODULES)) {
    if (name.startsWith('.') || name === '@bfd-host' || workspaces.has(name)) continue;
    await symlink(path.join(MODULES, name), path.join(modules, name));
  }
  // These are relative, and right here as well.
  for (const name of await readdir(path.join(MODULES, '.bin'))) {
    const target = await readlink(path.join(MODULES, '.bin', name));
    await symlink(target, path.join(modules, '.bin', name));
  }
}

/** Links of node_modules to workspaces: name and relative target. */
async function workspaceLinks(): Promise<[string, string][]> {
  const scoped = (await readdir(path.join(MODULES, '@bfd-host'))).map(
    (name) => `@bfd-host/${name}`,
  );
  const links: [string, string][] = [];
  for (const name of [...scoped, ...(await readdir(MODULES))]) {
    const target = await readlink(path.join(MODULES, name)).catch(() => undefined);
    if (target !== undefined) links.push([name, target]);
  }
  return links;
}
