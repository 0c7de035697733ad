// Builds the program of job processes into a few files, next to the compiled host. Part of `npm run build`:
//   node host/dist/isolation/bundle-runtime.js
// Needs rolldown, which a running host does not.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { BUNDLE_FOLDER, PACKAGE_FOLDER, RUNTIME_MANIFEST, sha256 } from './runtime-files.ts';

/**
 * @param entry - child/main, compiled or not
 * @param folder - replaced as a whole, so that nobody sees half a runtime
 */
export async function bundleRuntime(entry: string, folder: string): Promise<void> {
  const bundle = await rolldown({
    input: { main: entry },
    platform: 'node',
    external: ['pg-native'],
    logLevel: 'silent',
    treeshake: {
      // The SDK's entry for the host brings along what only defines plugins: none of it acts by being imported.
      moduleSideEffects: (id) =>
        !/node_modules\/(zod|tsyringe|reflect-metadata)\/|\/sdk\/dist\//.test(id),
    },
  });
  const partial = `${folder}.${process.pid}`;
  const { output } = await bundle.write({
    dir: partial,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  await bundle.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const own = modules.filter((id) => path.isAbsolute(id) && !id.includes('node_modules'));
  const manifest = {
    entry: 'main.mjs',
    files: output.map(({ fileName }) => fileName),
    sources: Object.fromEntries(own.map((id) => [path.relative(PACKAGE_FOLDER, id), sha256(id)])),
  };
  writeFileSync(path.join(partial, RUNTIME_MANIFEST), JSON.stringify(manifest, undefined, 2));
  mkdirSync(path.dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

if (process.argv[1] !== undefined && import.meta.filename === path.resolve(process.argv[1])) {
  await bundleRuntime(path.join(import.meta.dirname, 'child', 'main.js'), BUNDLE_FOLDER);
}
