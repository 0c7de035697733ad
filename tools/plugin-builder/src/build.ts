// From a plugin's source folder to `dist/plugin.js` and `dist/plugin.json`. Nothing in `dist` changes before
// everything is known to be sound, and plugin.json, which the host goes by, comes last.

import { randomUUID } from 'node:crypto';
import { mkdir, mkdtempDisposable, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { PluginManifest } from '@bfd-host/sdk/runtime';
import { type Bundle, bundlePlugin } from './bundle.ts';
import { describeBundle } from './describe.ts';
import { keepDescription, keptDescription } from './description-cache.ts';
import type { Description } from './evaluate.ts';
import { BUNDLE_FILE, MANIFEST_FILE, makeManifest, manifestText } from './manifest.ts';
import { readPackageFacts } from './package-facts.ts';
import { PluginProblemsError } from './problems.ts';

export interface BuildOptions {
  /** Whether to load the bundle even though one with the same bytes was loaded before; false if absent. */
  readonly force?: boolean;
  /** How long loading the bundle may take; 20,000 if absent. */
  readonly loadLimitMs?: number;
}

export interface BuiltPlugin {
  /** The folder that holds plugin.json and plugin.js: what is copied to a host. */
  readonly folder: string;
  readonly manifest: PluginManifest;
  /** Size of plugin.js. */
  readonly sizeBytes: number;
  /** Whether a file changed. */
  readonly isChanged: boolean;
}

/**
 * Builds one plugin. The folder may lie anywhere: where `@bfd-host/sdk` is not installed for it, it gets the
 * builder's own.
 *
 * @param folder - holds package.json and the source; the result goes to its `dist`
 * @throws {@link PluginProblemsError} with everything that was found wrong; `dist` is then as it was
 * @example
 * const { folder, manifest } = await buildPlugin('plugins/ccw');
 */
export async function buildPlugin(
  folder: string,
  options: BuildOptions = {},
): Promise<BuiltPlugin> {
  const facts = await readPackageFacts(folder);
  const bundle = await bundlePlugin(folder, facts.entry);
  const known = options.force ? undefined : await keptDescription(folder, bundle.code);
  const description = known ?? (await describe(folder, facts.entry, bundle, options));
  const manifest = makeManifest(folder, facts, bundle.code, description);
  if (!known) await keepDescription(folder, bundle.code, description);

  const dist = join(folder, 'dist');
  try {
    await mkdir(dist, { recursive: true });
    const isBundleNew = await replace(join(dist, BUNDLE_FILE), bundle.code);
    const isManifestNew = await replace(join(dist, MANIFEST_FILE), manifestText(manifest));
    return {
      folder: dist,
      manifest,
      sizeBytes: Buffer.byteLength(bundle.code),
      isChanged: isBundleNew || isManifestNew,
    };
  } catch (error) {
    const { code = 'unknown reason', path = dist } = error as NodeJS.ErrnoException;
    const problem = {
      code: 'BFD_PLUGIN_WRITE',
      at: relative(folder, path),
      problem: `cannot be written (${code})`,
      remedy: 'Look at its owner, its rights and the space on the disk.',
    } as const;
    throw new PluginProblemsError(folder, [problem], { cause: error });
  }
}

async function describe(
  folder: string,
  entry: string,
  { code, map }: Bundle,
  { loadLimitMs }: BuildOptions,
): Promise<Description> {
  await using temp = await mkdtempDisposable(join(tmpdir(), 'bfd-plugin-'));
  const file = join(temp.path, BUNDLE_FILE);
  await writeFile(file, code);
  return await describeBundle({ folder, entry, file, map, limitMs: loadLimitMs });
}

/** Replaces a file as a whole, or leaves it alone when it is like that already. */
async function replace(path: string, text: string): Promise<boolean> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
  const temp = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temp, text, { flush: true });
    await rename(temp, path);
  } finally {
    await rm(temp, { force: true });
  }
  return true;
}
