// Source folders for tests, anywhere on disk, and gone at the end.

import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PluginFolder extends AsyncDisposable {
  readonly path: string;
  write(file: string, text: string): Promise<void>;
}

/** A folder with these files, and a package.json unless they hold one. */
export async function pluginFolder(files: Readonly<Record<string, string>>): Promise<PluginFolder> {
  const temp = await mkdtempDisposable(join(tmpdir(), 'bfd-plugin-test-'));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(temp.path, file)), { recursive: true });
    await writeFile(join(temp.path, file), text);
  };
  const all = { 'package.json': '{ "name": "test-plugin", "version": "1.2.3" }', ...files };
  for (const [file, text] of Object.entries(all)) await write(file, text);
  return { path: temp.path, write, [Symbol.asyncDispose]: () => temp.remove() };
}

/** Source of a plugin with one job, and whatever else is given. */
export function jobSource({ imports = '', run = 'return nothingToDo();', rest = '' } = {}): string {
  return `
import { definePlugin, Job, nothingToDo, type Runnable } from '@bfd-host/sdk';
${imports}
@Job({ name: 'test-job', version: '1.0.0' })
export class TestJob implements Runnable {
  async run() { ${run} }
}
${rest}
export default definePlugin({ jobs: [TestJob] });
`;
}

/** The problems that building, or checking, gave up with. */
export async function problemsOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => [],
    (error: { problems?: unknown }) => error.problems ?? error,
  );
}
