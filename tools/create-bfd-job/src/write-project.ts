// Writes a project as a whole or not at all.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateError } from './create-error.ts';
import type { Place } from './place.ts';

/**
 * @returns what the author has to do by hand, as it could not be done
 * @throws {@link CreateError}
 */
export async function writeProject(
  files: ReadonlyMap<string, string>,
  { folder, repository }: Place,
): Promise<string[]> {
  const half = path.join(path.dirname(folder), `.${path.basename(folder)}.${process.pid}`);
  try {
    for (const [file, text] of files) {
      await mkdir(path.dirname(path.join(half, file)), { recursive: true });
      await writeFile(path.join(half, file), text);
    }
    await rename(half, folder);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const problem = `${folder} cannot be written (${code}); look at its owner, its rights and the space on the disk`;
    throw new CreateError('BFD_CREATE_WRITE', [problem], { cause: error });
  }
  return repository === undefined ? [] : referTo(path.relative(repository, folder), repository);
}

/** Has the repository's check look at the new workspace's types, too. */
async function referTo(workspace: string, repository: string): Promise<string[]> {
  const file = path.join(repository, 'tsconfig.json');
  const reference = `{ "path": "${workspace.split(path.sep).join('/')}" }`;
  const text = await readFile(file, 'utf8').catch(() => '');
  const last = [...text.matchAll(/^( *)\{ "path": "plugins\/[^"]*" \},?\n/gm)].at(-1);
  if (last === undefined) return [`add ${reference} to "references" of tsconfig.json`];
  const [line, indent = ''] = last;
  const at = last.index + line.length;
  // A comma after the one before, and after ours if another one follows.
  const isEnd = !line.includes(',');
  const before = isEnd ? text.slice(0, at).replace(/\n$/, ',\n') : text.slice(0, at);
  await writeFile(file, `${before}${indent}${reference}${isEnd ? '' : ','}\n${text.slice(at)}`);
  return [];
}
