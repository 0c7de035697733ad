/**
 * Where the data goes. Into the home folder, except when PostgreSQL must run as another user (see
 * `run-as.ts`) who cannot get there, as below a root's own 0700 folder: then below /var/lib/bfd-host.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { chmod, chown, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PostgresVersionError } from '../errors.ts';
import type { RunAs } from './run-as.ts';

const ELSEWHERE = '/var/lib/bfd-host';

/** The folder that will hold `pg18` and, where needed, copies of the programs. */
export async function chooseBase(home: string, runAs: RunAs): Promise<string> {
  if (runAs.kind !== 'other-user') return home;
  if (othersCanReach(dirname(home))) {
    await chmod(home, 0o711); // others may pass, and still see nothing
    return home;
  }
  const base = join(ELSEWHERE, createHash('sha256').update(home).digest('hex').slice(0, 16));
  await mkdir(base, { recursive: true, mode: 0o711 });
  return base;
}

/** Whether every user may pass each folder on the way. */
export function othersCanReach(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Hands a file or folder to whom PostgreSQL runs as. */
export async function giveTo(runAs: RunAs, path: string): Promise<void> {
  if (runAs.kind === 'other-user') await chown(path, runAs.uid, runAs.gid);
}

/**
 * The data folder for this major version.
 *
 * @throws {@link PostgresVersionError} when there is one of another major version
 */
export async function dataFolder(base: string, major: number): Promise<string> {
  for (const name of await readdir(base)) {
    const found = Number(/^pg(\d+)$/.exec(name)?.[1] ?? major);
    if (found !== major) throw new PostgresVersionError(join(base, name), found, major);
  }
  return join(base, `pg${major}`);
}
