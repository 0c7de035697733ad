// The files of this repository that people write: no installed packages, no builds, no state of a host.

import { readdirSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Paths from the root, with slashes, of the files whose path fits. */
export function repositoryFiles(fits: RegExp): string[] {
  return [...filesBelow('')].filter((file) => fits.test(file)).sort();
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const file = path.posix.join(folder, entry.name);
    if (entry.isFile()) yield file;
    else if (entry.isDirectory() && !MADE.test(entry.name)) yield* filesBelow(file);
  }
}

const MADE = /^(node_modules|dist|\.git|\.bfd)$/;
