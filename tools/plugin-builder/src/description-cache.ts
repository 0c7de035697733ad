// Loading a bundle takes longer than making it, and the same bundle always declares the same. So what it
// declares is kept, by its digest, below node_modules/.cache; whatever is wrong with the cache, the bundle is
// loaded again. Bundling itself is never skipped: it is quick, and nothing else knows all its inputs.

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SDK_VERSION } from '@bfd-host/sdk/runtime';
import { z } from 'zod';
import { type Description, descriptionSchema } from './evaluate.ts';
import { sha256 } from './manifest.ts';

/** Raised when what is asked of a bundle changes. */
const FORMAT = 1;

const entrySchema = z.strictObject({ key: z.string(), description: descriptionSchema });

/** The kept description of a bundle with this text; `undefined` if there is none. */
export async function keptDescription(
  folder: string,
  bundle: string,
): Promise<Description | undefined> {
  const path = await cacheFile(folder);
  if (!path) return undefined;
  try {
    const entry = entrySchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return entry.key === keyOf(bundle) ? entry.description : undefined;
  } catch {
    return undefined;
  }
}

export async function keepDescription(
  folder: string,
  bundle: string,
  description: Description,
): Promise<void> {
  const path = await cacheFile(folder);
  if (!path) return;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ key: keyOf(bundle), description }));
  } catch {
    // A read-only checkout only builds a little slower.
  }
}

function keyOf(bundle: string): string {
  return [FORMAT, SDK_VERSION, process.version, sha256(bundle)].join(' ');
}

/** One file per plugin folder, in the nearest node_modules; none where there is no such folder. */
async function cacheFile(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const modules = join(at, 'node_modules');
    const isThere = await stat(modules).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (isThere) {
      const name = sha256(resolve(folder)).slice(0, 16);
      return join(modules, '.cache', 'bfd-plugin', `${name}.json`);
    }
    if (at === dirname(at)) return undefined;
  }
}
