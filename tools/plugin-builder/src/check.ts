// Is a built folder what its plugin.json says? For whoever receives a plugin, before a host sees it.

import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  PLUGIN_API_VERSION,
  type PluginManifest,
  pluginManifestSchema,
} from '@bfd-host/sdk/runtime';
import { describeBundle } from './describe.ts';
import { BUNDLE_FILE, MANIFEST_FILE, sha256 } from './manifest.ts';
import { type PluginProblem, PluginProblemsError } from './problems.ts';

export interface CheckedPlugin {
  /** The folder that holds plugin.json: the one given, or its `dist`. */
  readonly folder: string;
  readonly manifest: PluginManifest;
}

/**
 * Verifies a built plugin: plugin.json's form, the digest of the bundle, the version of the plugin
 * interface, that nothing else lies in the folder, and that the bundle declares what plugin.json says. For
 * the last the bundle is loaded, in a process without services, files and network, and only if its digest is
 * right.
 *
 * @param folder - holds plugin.json, or a `dist` that does
 * @throws {@link PluginProblemsError} with everything that was found wrong
 */
export async function checkPlugin(folder: string): Promise<CheckedPlugin> {
  const built = await findBuilt(folder);
  const { manifest, problems } = await readManifest(built);
  problems.push(...(await strayEntries(built, manifest?.entry ?? BUNDLE_FILE)));
  if (manifest) problems.push(...(await bundleProblems(folder, built, manifest)));
  if (!manifest || problems.length > 0) throw new PluginProblemsError(folder, problems);
  return { folder: built, manifest };
}

/** The folder that holds plugin.json, if there is one: `folder` or its `dist`. */
export async function builtFolder(folder: string): Promise<string | undefined> {
  for (const candidate of [folder, join(folder, 'dist')]) {
    const isThere = await stat(join(candidate, MANIFEST_FILE)).then(
      (facts) => facts.isFile(),
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}

async function findBuilt(folder: string): Promise<string> {
  const built = await builtFolder(folder);
  if (built) return built;
  throw new PluginProblemsError(folder, [
    {
      code: 'BFD_PLUGIN_FOLDER',
      at: MANIFEST_FILE,
      problem: 'is neither here nor in dist',
      remedy: `Build the plugin: bfd-plugin build ${folder}`,
    },
  ]);
}

const BUILD_AGAIN = 'Build the plugin again and copy both files; neither is made by hand.';

async function readManifest(
  built: string,
): Promise<{ manifest: PluginManifest | undefined; problems: PluginProblem[] }> {
  const wrong = (problem: string): PluginProblem => ({
    code: 'BFD_PLUGIN_MANIFEST',
    at: MANIFEST_FILE,
    problem,
    remedy: BUILD_AGAIN,
  });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(built, MANIFEST_FILE), 'utf8'));
  } catch (error) {
    return {
      manifest: undefined,
      problems: [wrong(`cannot be read (${(error as Error).message})`)],
    };
  }
  const parsed = pluginManifestSchema.safeParse(json);
  const issues = parsed.error?.issues ?? [];
  return {
    manifest: parsed.data,
    problems: issues.map(({ path, message }) => wrong(`"${path.join('.')}": ${message}`)),
  };
}

const DOCUMENT = /^(readme|licen[cs]e|notice|changelog)$|\.(md|txt)$/i;

/** What lies beside the two files: the digest says nothing of it, so none of it may be code. */
async function strayEntries(built: string, entry: string): Promise<PluginProblem[]> {
  const problems: PluginProblem[] = [];
  if ((await lstat(built)).isSymbolicLink()) problems.push(linkProblem('.'));
  for (const found of await readdir(built, { withFileTypes: true })) {
    if (found.isSymbolicLink()) {
      problems.push(linkProblem(found.name));
    } else if (!found.isFile() || ![MANIFEST_FILE, entry].includes(found.name)) {
      if (found.isFile() && DOCUMENT.test(found.name)) continue;
      problems.push({
        code: 'BFD_PLUGIN_EXTRA_FILE',
        at: found.isDirectory() ? `${found.name}/` : found.name,
        problem: `is not part of a plugin, which is ${MANIFEST_FILE} and ${entry}`,
        remedy: 'Remove it. What the plugin needs at run time belongs into its bundle.',
      });
    }
  }
  return problems.sort((a, b) => (a.at < b.at ? -1 : 1));
}

function linkProblem(at: string): PluginProblem {
  return {
    code: 'BFD_PLUGIN_SYMLINK',
    at,
    problem: 'is a symbolic link, and what it leads to can change unseen',
    remedy: 'Put a copy in its place.',
  };
}

async function bundleProblems(
  folder: string,
  built: string,
  manifest: PluginManifest,
): Promise<PluginProblem[]> {
  const { entry, apiVersion, sdkVersion } = manifest;
  const file = join(built, entry);
  const bundle = await readFile(file).catch(() => undefined);
  if (!bundle) {
    const problem = `cannot be read, though ${MANIFEST_FILE} names it`;
    return [{ code: 'BFD_PLUGIN_ENTRY', at: entry, problem, remedy: BUILD_AGAIN }];
  }
  if (sha256(bundle) !== manifest.sha256) {
    const problem = `is not the file ${MANIFEST_FILE} was made for: its sha-256 is another`;
    return [{ code: 'BFD_PLUGIN_DIGEST', at: entry, problem, remedy: BUILD_AGAIN }];
  }
  if (apiVersion !== PLUGIN_API_VERSION) {
    const problem = `says version ${apiVersion} of the plugin interface (SDK ${sdkVersion}), and this is version ${PLUGIN_API_VERSION}`;
    const remedy = 'Build the plugin again with the SDK of this host.';
    return [{ code: 'BFD_PLUGIN_API_VERSION', at: MANIFEST_FILE, problem, remedy }];
  }
  return declarationProblems(folder, file, manifest);
}

async function declarationProblems(
  folder: string,
  file: string,
  manifest: PluginManifest,
): Promise<PluginProblem[]> {
  try {
    const declared = await describeBundle({ folder, entry: manifest.entry, file });
    return (['apiVersion', 'sdkVersion', 'privileges', 'schemas', 'jobs'] as const)
      .filter((part) => !isDeepStrictEqual(manifest[part], declared[part]))
      .map((part) => ({
        code: 'BFD_PLUGIN_STALE',
        at: MANIFEST_FILE,
        problem: `"${part}" is not what ${manifest.entry} declares`,
        remedy: BUILD_AGAIN,
      }));
  } catch (error) {
    if (error instanceof PluginProblemsError) return [...error.problems];
    throw error;
  }
}
