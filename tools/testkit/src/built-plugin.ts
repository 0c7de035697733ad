// The plugin under test, built: what is tested is what is shipped, not its source.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { TestkitError } from './testkit-error.ts';

const builds = new Map<string, Promise<string>>();

/**
 * The folder of a built plugin. A source folder is built first, once in this process.
 *
 * @param place - the plugin's folder or one below it, such as a test's `import.meta.dirname`
 * @throws {@link TestkitError}; the builder's own error when the source does not build
 */
export function builtPlugin(place: string): Promise<string> {
  const folder = pluginFolderAbove(place);
  if (existsSync(path.join(folder, 'plugin.json'))) return Promise.resolve(folder);
  const known = builds.get(folder) ?? build(folder);
  builds.set(folder, known);
  return known;
}

// When first needed: a test that only wants a database does not load the bundler.
async function build(folder: string): Promise<string> {
  const { buildPlugin } = await import('@bfd-host/plugin-builder');
  return (await buildPlugin(folder)).folder;
}

function pluginFolderAbove(place: string): string {
  const start = path.resolve(place);
  for (let folder = start; ; folder = path.dirname(folder)) {
    const isPlugin = ['plugin.json', 'package.json'].some((file) =>
      existsSync(path.join(folder, file)),
    );
    if (isPlugin) return folder;
    if (folder === path.dirname(folder)) {
      throw new TestkitError(
        'BFD_TESTKIT_PLUGIN',
        `Neither ${start} nor a folder above it holds package.json or plugin.json. Give the plugin's folder, ` +
          'for example import.meta.dirname.',
      );
    }
  }
}
