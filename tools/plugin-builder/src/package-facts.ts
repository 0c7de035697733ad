// What the builder takes from a plugin's package.json: its name, its version and where its source begins.

import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';
import { type PluginProblem, PluginProblemsError } from './problems.ts';

export const DEFAULT_ENTRY = 'src/plugin.ts';

export interface PackageFacts {
  /** The package's name without its scope. */
  readonly name: string;
  readonly version: string;
  /** File below the folder whose default export is the plugin. */
  readonly entry: string;
}

const packageSchema = z.looseObject({
  name: z
    .string('expected a name, such as "my-plugin"')
    .regex(
      /^(@[^/]+\/)?[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
      'expected lower-case words joined by dashes, such as "my-plugin"',
    ),
  version: z
    .string('expected a version, such as "1.0.0"')
    .regex(/^\d+\.\d+\.\d+/, 'expected a version, such as "1.0.0"'),
  bfd: z
    .strictObject({
      entry: z
        .string()
        .refine(
          (entry) => !isAbsolute(entry) && !normalize(entry).startsWith('..'),
          'expected a path below this folder',
        )
        .optional(),
    })
    .optional(),
});

/**
 * Reads package.json and finds the entry file.
 *
 * @throws {@link PluginProblemsError}
 */
export async function readPackageFacts(folder: string): Promise<PackageFacts> {
  if (!(await isFolder(folder))) {
    throw new PluginProblemsError(folder, [
      {
        code: 'BFD_PLUGIN_FOLDER',
        at: '.',
        problem: 'there is no such folder',
        remedy: 'Name the folder that holds the plugin’s package.json.',
      },
    ]);
  }
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch((error: unknown) => {
    throw new PluginProblemsError(
      folder,
      [
        {
          code: 'BFD_PLUGIN_PACKAGE',
          at: 'package.json',
          problem: `cannot be read (${codeOf(error)})`,
          remedy: 'Give the plugin a package.json with "name" and "version".',
        },
      ],
      { cause: error },
    );
  });
  const parsed = packageSchema.safeParse(parseJson(folder, text));
  const problems: PluginProblem[] = (parsed.error?.issues ?? []).map((issue) => ({
    code: 'BFD_PLUGIN_PACKAGE',
    at: 'package.json',
    problem: `${issue.path.length > 0 ? `"${issue.path.join('.')}": ` : ''}${issue.message}`,
    remedy: 'Correct it in package.json.',
  }));
  const entry = parsed.data?.bfd?.entry ?? DEFAULT_ENTRY;
  const isEntryKnown = parsed.success || !parsed.error.issues.some(({ path }) => path[0] === 'bfd');
  if (isEntryKnown && !(await isFile(join(folder, entry)))) {
    problems.push({
      code: 'BFD_PLUGIN_ENTRY',
      at: entry,
      problem: 'there is no such file',
      remedy: `Export the plugin from ${DEFAULT_ENTRY}, or name another file in package.json: "bfd": { "entry": "…" }.`,
    });
  }
  if (!parsed.success || problems.length > 0) throw new PluginProblemsError(folder, problems);
  const { name, version } = parsed.data;
  return { name: name.replace(/^@[^/]+\//, ''), version, entry };
}

function parseJson(folder: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PluginProblemsError(
      folder,
      [
        {
          code: 'BFD_PLUGIN_PACKAGE',
          at: 'package.json',
          problem: `is not JSON (${(error as SyntaxError).message})`,
          remedy: 'Correct it in package.json.',
        },
      ],
      { cause: error },
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
