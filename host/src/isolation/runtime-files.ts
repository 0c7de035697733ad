// Which files a job's process runs. Bundled they start faster and can be copied to where another user may read
// them; as the compiler left them they need this whole installation. A bundle that is older than its source is not
// used, so that a developer never debugs yesterday's code.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Written by {@link file://./bundle-runtime.ts} beside the bundle. */
export const RUNTIME_MANIFEST = 'runtime.json';

export const runtimeManifestSchema = z.strictObject({
  entry: z.string(),
  files: z.array(z.string()),
  /** Sources by path, relative to the package; with their sha-256. */
  sources: z.record(z.string(), z.string()),
});

export type RuntimeFiles =
  | {
      readonly kind: 'bundled';
      readonly folder: string;
      readonly entry: string;
      readonly files: readonly string[];
    }
  | { readonly kind: 'unbundled'; readonly entry: string; readonly readable: readonly string[] };

/** host/, whether this runs from host/src or host/dist. */
export const PACKAGE_FOLDER = path.resolve(import.meta.dirname, '../..');
const DIST = path.join(PACKAGE_FOLDER, 'dist', 'isolation');
export const BUNDLE_FOLDER = path.join(DIST, 'runtime');

export class RuntimeMissingError extends Error {
  readonly code = 'BFD_RUNTIME_MISSING';
  constructor(file: string) {
    super(`${file}, the program of job processes, is not there. Build the host: npm run build.`);
  }
}

/** @throws {@link RuntimeMissingError} */
export function findRuntime(bundleFolder = BUNDLE_FOLDER): RuntimeFiles {
  const bundled = readBundled(bundleFolder);
  if (bundled) return bundled;
  const entry = path.join(DIST, 'child', 'main.js');
  if (!existsSync(entry)) throw new RuntimeMissingError(entry);
  return { kind: 'unbundled', entry, readable: installationFolders() };
}

function readBundled(folder: string): RuntimeFiles | undefined {
  try {
    const text = readFileSync(path.join(folder, RUNTIME_MANIFEST), 'utf8');
    const { entry, files, sources } = runtimeManifestSchema.parse(JSON.parse(text));
    const isFresh = Object.entries(sources).every(
      ([source, digest]) => sha256(path.join(PACKAGE_FOLDER, source)) === digest,
    );
    return isFresh ? { kind: 'bundled', folder, entry, files } : undefined;
  } catch {
    return undefined; // not built yet, or half
  }
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** What the unbundled runtime reads: this package, the SDK, and every node_modules above them. */
function installationFolders(): string[] {
  const folders = [path.join(PACKAGE_FOLDER, 'dist'), path.join(PACKAGE_FOLDER, 'package.json')];
  for (let folder = PACKAGE_FOLDER; ; folder = path.dirname(folder)) {
    const modules = path.join(folder, 'node_modules');
    if (existsSync(modules)) {
      folders.push(modules);
      const sdk = path.join(modules, '@bfd-host', 'sdk');
      if (existsSync(sdk)) folders.push(realpathSync(sdk));
    }
    if (folder === path.dirname(folder)) return folders;
  }
}
