// Judges of exports that are too large to be installed with everything else: the types of Kubernetes and of Conductor's
// SDK. They are installed when the long form of the tests runs, and kept until their lockfile changes.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { succeeds } from '../support/commands.ts';
import { ROOT } from '../support/folders.ts';

const WANTED = path.join(import.meta.dirname, 'judges');
const KEPT = path.join(ROOT, 'node_modules/.cache/conformance-judges');

/** Their folder `node_modules`. */
export async function installedJudges(): Promise<string> {
  if (!(await isUpToDate())) await install();
  return path.join(KEPT, 'node_modules');
}

async function isUpToDate(): Promise<boolean> {
  const kept = path.join(KEPT, 'package-lock.json');
  if (!existsSync(kept)) return false;
  const [is, wanted] = await Promise.all(
    [kept, path.join(WANTED, 'package-lock.json')].map((file) => readFile(file, 'utf8')),
  );
  return is === wanted;
}

/** Beside its place and then moved there: another test file may do the same at this time, and use it already. */
async function install(): Promise<void> {
  const fresh = `${KEPT}-${process.pid}`;
  await mkdir(path.dirname(fresh), { recursive: true });
  await cp(WANTED, fresh, { recursive: true });
  await succeeds('npm', ['ci', '--ignore-scripts'], { cwd: fresh });
  if (!(await isUpToDate())) {
    await rm(KEPT, { recursive: true, force: true });
    await rename(fresh, KEPT).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY') throw error; // the other one was first
    });
  }
  await rm(fresh, { recursive: true, force: true });
}
