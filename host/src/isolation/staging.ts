// A folder of its own for each host process, from which job processes run: a copy of the runtime, a copy of each
// plugin, made while its digest was checked, and a temporary folder for each job. So a process runs just the bytes
// that were looked at, a new build under a running host changes nothing, and all of it can lie where another user
// may read it.

import { createHash, randomBytes } from 'node:crypto';
import { type Dirent, readdirSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JobProcessSpec } from './job-process-spec.ts';
import { startTicks } from './process-facts.ts';
import { writeRunCounter } from './run-counter.ts';
import type { RuntimeFiles } from './runtime-files.ts';

const MOST_FILES = 1000;
const MOST_BYTES = 64 * 1024 * 1024;
const PREFIX = 'job-processes-';
const OWNER_FILE = 'owner.json';
/** Parameters of a database URL that name files. */
const TLS_FILES = ['sslrootcert', 'sslcert', 'sslkey'];

export type PluginProblem = 'certificate' | 'digest' | 'link' | 'size' | 'unreadable';

export class PluginStagingError extends Error {
  readonly problem: PluginProblem;
  /** Path in the plugin's folder; of a certificate, the parameter of the URL. */
  readonly file: string;

  constructor(problem: PluginProblem, file: string) {
    super(`${file}: ${problem}`);
    this.problem = problem;
    this.file = file;
  }
}

export interface StagedPlugin {
  readonly folder: string;
  /** The entry file's copy. */
  readonly bundle: string;
  readonly source: string;
}

export class Staging {
  readonly folder: string;
  readonly #runtime: RuntimeFiles;
  readonly #plugins = new Map<string, Promise<StagedPlugin>>();

  private constructor(folder: string, runtime: RuntimeFiles) {
    this.folder = folder;
    this.#runtime = runtime;
  }

  /**
   * @param parent - made if missing; what dead hosts left in it is removed
   * @param forOthers - whether other users must be able to read what is staged
   */
  static async open(parent: string, runtime: RuntimeFiles, forOthers: boolean): Promise<Staging> {
    await mkdir(parent, { recursive: true, mode: forOthers ? 0o711 : 0o700 });
    await removeRemains(parent);
    const folder = path.join(parent, `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`);
    await mkdir(folder, { mode: 0o700 });
    if (forOthers) await chmod(folder, 0o711); // mkdir's mode is cut by the umask
    const owner = { pid: process.pid, startTicks: startTicks(process.pid) ?? null };
    await writeFile(path.join(folder, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
    await mkdir(path.join(folder, 'jobs'), { mode: 0o711 });
    writeRunCounter(folder);
    const staging = new Staging(folder, runtime);
    await staging.#copyRuntime();
    return staging;
  }

  /** The program of job processes. */
  get entry(): string {
    const runtime = this.#runtime;
    return runtime.kind === 'bundled'
      ? path.join(this.#runtimeFolder, runtime.entry)
      : runtime.entry;
  }

  /** What that program reads. */
  get readable(): readonly string[] {
    return this.#runtime.kind === 'bundled' ? [this.#runtimeFolder] : this.#runtime.readable;
  }

  /**
   * Copies a plugin's folder, once.
   *
   * @throws {@link PluginStagingError}
   */
  plugin(plugin: JobProcessSpec['plugin']): Promise<StagedPlugin> {
    const key = createHash('sha256')
      .update(`${plugin.folder}\0${plugin.entry}\0${plugin.sha256}`)
      .digest('hex')
      .slice(0, 16);
    const staged =
      this.#plugins.get(key) ?? this.#stage(plugin, path.join(this.folder, `plugin-${key}`));
    this.#plugins.set(key, staged);
    // What went wrong may be mended by the next run.
    staged.catch(() => this.#plugins.delete(key));
    return staged;
  }

  /** An empty folder that only this process may use. */
  async tempFolder(job: string, uid: number | undefined): Promise<string> {
    const name = `${job}-${randomBytes(4).toString('hex')}`;
    const folder = path.join(this.folder, 'jobs', name);
    await mkdir(folder, { mode: 0o700 });
    if (uid !== undefined) await chown(folder, uid, uid);
    return folder;
  }

  /**
   * A database URL whose certificates and key lie where that user can read them: the driver reads them in the job's
   * process, which may read nothing else.
   */
  async databaseUrl(
    url: string,
    uid: number | undefined,
  ): Promise<{ url: string; files: string[] }> {
    const files: string[] = [];
    if (!TLS_FILES.some((parameter) => url.includes(`${parameter}=`))) return { url, files };
    const parsed = new URL(url);
    for (const parameter of TLS_FILES) {
      const source = parsed.searchParams.get(parameter);
      if (!source || source === 'system') continue;
      const copy = path.join(this.folder, `${parameter}-${randomBytes(4).toString('hex')}`);
      const bytes = await readable(parameter, () => readFile(source), 'certificate');
      await writeFile(copy, bytes, { mode: 0o400 });
      if (uid !== undefined) await chown(copy, uid, uid);
      parsed.searchParams.set(parameter, copy);
      files.push(copy);
    }
    return { url: parsed.href, files };
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get #runtimeFolder(): string {
    return path.join(this.folder, 'runtime');
  }

  async #copyRuntime(): Promise<void> {
    const runtime = this.#runtime;
    if (runtime.kind !== 'bundled') return;
    await mkdir(this.#runtimeFolder, { mode: 0o755 });
    for (const file of runtime.files) {
      const copy = path.join(this.#runtimeFolder, file);
      await writeFile(copy, await readFile(path.join(runtime.folder, file)));
      await chmod(copy, 0o644);
    }
    await chmod(this.#runtimeFolder, 0o755);
  }

  async #stage(plugin: JobProcessSpec['plugin'], folder: string): Promise<StagedPlugin> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const copied = new Map<string, Buffer>();
    for (const file of await filesOf(plugin.folder)) {
      const bytes = await readable(file, () => readFile(path.join(plugin.folder, file)));
      if (file === plugin.entry) copied.set(file, bytes);
      const copy = path.join(folder, file);
      await mkdir(path.dirname(copy), { recursive: true });
      await writeFile(copy, bytes);
      await chmod(copy, 0o644);
    }
    const entry = copied.get(plugin.entry);
    if (!entry) throw new PluginStagingError('unreadable', plugin.entry);
    const digest = createHash('sha256').update(entry).digest('hex');
    if (digest !== plugin.sha256) throw new PluginStagingError('digest', plugin.entry);
    // Says how plugin.js is meant, without a look for a package.json in folders above.
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}\n', { flag: 'wx' }).catch(
      () => {},
    );
    await openFolders(folder);
    return { folder, bundle: path.join(folder, plugin.entry), source: entry.toString('utf8') };
  }
}

/** Regular files below a folder, as relative paths. */
async function filesOf(root: string): Promise<string[]> {
  const files: string[] = [];
  let bytes = 0;
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const within = folder;
    const entries = await readable<Dirent[]>(within, () =>
      readdir(path.join(root, within), { withFileTypes: true }),
    );
    for (const entry of entries) {
      const file = path.join(within, entry.name);
      if (entry.isSymbolicLink()) throw new PluginStagingError('link', file);
      if (entry.isDirectory()) waiting.push(file);
      if (!entry.isFile()) continue;
      files.push(file);
      bytes += (await readable(file, () => lstat(path.join(root, file)))).size;
      if (files.length > MOST_FILES || bytes > MOST_BYTES)
        throw new PluginStagingError('size', file);
    }
  }
  return files;
}

async function readable<T>(
  file: string,
  read: () => Promise<T>,
  problem: PluginProblem = 'unreadable',
): Promise<T> {
  try {
    return await read();
  } catch {
    throw new PluginStagingError(problem, file);
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
  }
}

/** Empties a folder but keeps it. @returns whether it is empty now */
export async function emptyFolder(folder: string): Promise<boolean> {
  try {
    // Nearly always there is nothing, and that is told fastest so.
    for (const name of readdirSync(folder)) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
    return true;
  } catch {
    return false; // something still writes there
  }
}

/** Removes the folders of host processes that have ended without doing so. */
async function removeRemains(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(parent, name);
    if (!(await isOwnerAlive(folder)))
      await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

async function isOwnerAlive(folder: string): Promise<boolean> {
  try {
    const owner: unknown = JSON.parse(await readFile(path.join(folder, OWNER_FILE), 'utf8'));
    if (typeof owner !== 'object' || owner === null || !('pid' in owner)) return false;
    const { pid } = owner;
    if (typeof pid !== 'number') return false;
    process.kill(pid, 0);
    // Where the kernel tells no start time, a pid that is taken again keeps the folder a little longer.
    const ticks = startTicks(pid);
    return ticks === undefined || !('startTicks' in owner) || owner.startTicks === ticks;
  } catch (error) {
    // A folder being made has no owner yet; it is left alone for as long as making it can take.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EPERM' || (code === 'ENOENT' && (await isYoung(folder)));
  }
}

const MAKING_MS = 60_000;

async function isYoung(folder: string): Promise<boolean> {
  const made = await lstat(folder).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < MAKING_MS;
}
