// Builds the program of job processes into a few files, next to the compiled host. Part of `npm run build`:
//   node host/dist/isolation/bundle-runtime.js
// Needs rolldown, which a running host does not.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { compileRuntime } from './compile-runtime.ts';
import { BUNDLE_FOLDER, PACKAGE_FOLDER, RUNTIME_MANIFEST, sha256 } from './runtime-files.ts';

/** @param folder - replaced as a whole, so that nobody sees half a runtime */
export async function bundleRuntime(folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  const entries = ['main', 'start'].map((name) => sourceFile(name));
  // Apart, since `start` loads the files of `main` in a way of its own.
  const chunks = (await Promise.all(entries.map((entry) => bundle(entry, partial)))).flat();
  await compileRuntime(partial, 'main.cjs', sourceFile('keep-code'));
  const own = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .filter((id) => path.isAbsolute(id) && !id.includes('node_modules'));
  const manifest = {
    entry: 'start.cjs',
    files: readdirSync(partial),
    sources: Object.fromEntries(own.map((id) => [path.relative(PACKAGE_FOLDER, id), sha256(id)])),
  };
  writeFileSync(path.join(partial, RUNTIME_MANIFEST), JSON.stringify(manifest, undefined, 2));
  mkdirSync(path.dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

async function bundle(entry: string, folder: string): Promise<OutputChunk[]> {
  await using bundle = await rolldown({
    input: entry,
    platform: 'node',
    external: ['pg-native'],
    logLevel: 'silent',
    treeshake: {
      // The SDK's entry for the host brings along what only defines plugins: none of it acts by being imported.
      moduleSideEffects: (id) =>
        !/node_modules\/(zod|tsyringe|reflect-metadata)\/|\/sdk\/dist\//.test(id),
    },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  return output.filter((file) => file.type === 'chunk');
}

/** A program in child/, compiled if this is. */
function sourceFile(name: string): string {
  return path.join(import.meta.dirname, 'child', name + path.extname(import.meta.filename));
}

if (process.argv[1] !== undefined && import.meta.filename === path.resolve(process.argv[1])) {
  await bundleRuntime(BUNDLE_FOLDER);
}
