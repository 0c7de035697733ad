// One file out of a plugin's source and everything it imports, the SDK and tsyringe among them: a container
// only knows the classes registered with its own copy of tsyringe. The same source gives the same bytes,
// wherever it lies; so nothing of a path or of the clock may get in.

import { readFile, realpath } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type RolldownError, type Plugin as RolldownPlugin, rolldown } from 'rolldown';
import { type PluginProblem, type PluginProblemCode, PluginProblemsError } from './problems.ts';
import { refusalOf } from './refused-imports.ts';

export interface Bundle {
  readonly code: string;
  /** Source map, JSON, with sources relative to the plugin's `dist`. It is not part of the built plugin. */
  readonly map: string;
}

/**
 * Bundles a plugin in memory.
 *
 * @param folder - the plugin's folder
 * @param entry - file below it
 * @throws {@link PluginProblemsError}
 */
export async function bundlePlugin(folder: string, entry: string): Promise<Bundle> {
  const problems: PluginProblem[] = [];
  const root = await realpath(folder);
  try {
    await using bundler = await rolldown({
      input: join(root, entry),
      cwd: root,
      platform: 'node',
      // Not the author's: what comes out depends on the source alone.
      tsconfig: false,
      transform: { decorator: { legacy: true }, target: 'node26' },
      moduleTypes: { '.sql': 'text', '.txt': 'text' },
      // Comments that name each module's path would differ between two checkouts.
      experimental: { attachDebugInfo: 'none' },
      plugins: [guardImports(root, problems)],
      onLog: () => {},
    });
    const { output } = await bundler.generate({
      format: 'esm',
      codeSplitting: false,
      banner: REQUIRE,
      sourcemap: 'hidden',
      comments: { legal: true, annotation: false, jsdoc: false },
    });
    if (problems.length > 0) throw new PluginProblemsError(folder, sorted(problems));
    const [chunk] = output;
    return { code: chunk.code, map: chunk.map?.toString() ?? '' };
  } catch (error) {
    if (error instanceof PluginProblemsError) throw error;
    const { errors } = error as { errors?: readonly RolldownError[] };
    if (!errors) throw error;
    problems.push(...errors.map((each) => problemOf(root, each)));
    throw new PluginProblemsError(folder, sorted(problems), { cause: error });
  }
}

// CommonJS packages require Node's own modules while they load, which an ES module has no `require` for.
const REQUIRE = [
  "import { createRequire as bfdCreateRequire } from 'node:module';",
  'const require = bfdCreateRequire(import.meta.url);',
].join('\n');

/**
 * Notes every import that leads nowhere or where it must not, and goes on, so that all are told at once.
 * Rolldown alone takes an unknown package for one that will be there at run time.
 */
function guardImports(root: string, problems: PluginProblem[]): RolldownPlugin {
  return {
    name: 'guard-imports',
    resolveId: {
      // Relative imports are rolldown's own business, but for native add-ons.
      filter: { id: [/^[^./\\\0]/, /\.node$/] },
      async handler(specifier, importer, { kind, isEntry }) {
        if (isEntry || importer === undefined || isBuiltin(specifier)) return null;
        const isRequired = kind === 'require-call';
        const resolved =
          (await this.resolve(specifier, importer, { kind, skipSelf: true })) ??
          (isSdk(specifier) ? await this.resolve(specifier, HERE, { skipSelf: true }) : null);
        // A package in node_modules may try to require what it can do without.
        if (!resolved && isRequired) return null;
        const refusal = refusalOf(specifier);
        if (!refusal && resolved) return resolved;
        problems.push({
          at: await placeOf(root, importer, specifier),
          ...(refusal ?? {
            code: 'BFD_PLUGIN_UNRESOLVED',
            problem: `imports "${specifier}", which is not installed`,
            remedy: `Correct the name, or run: npm install ${packageOf(specifier)}`,
          }),
        });
        return { id: specifier, external: true };
      },
    },
  };
}

const HERE = fileURLToPath(import.meta.url);

// A plugin that lies outside any project, as in a test, gets the builder's own copy.
function isSdk(specifier: string): boolean {
  return /^@bfd-host\/sdk(\/|$)/.test(specifier);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

// Rolldown does not say where in the file an import stands.
async function placeOf(root: string, file: string, specifier: string): Promise<string> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const line = lines.findIndex((text) =>
    ["'", '"', '`'].some((q) => text.includes(q + specifier + q)),
  );
  const path = relative(root, file);
  return line < 0 ? path : `${path}:${line + 1}:${(lines[line] ?? '').indexOf(specifier)}`;
}

const CODES: Readonly<Record<string, PluginProblemCode>> = {
  PARSE_ERROR: 'BFD_PLUGIN_SYNTAX',
  JSON_PARSE: 'BFD_PLUGIN_SYNTAX',
  UNRESOLVED_IMPORT: 'BFD_PLUGIN_UNRESOLVED',
  MISSING_EXPORT: 'BFD_PLUGIN_UNRESOLVED',
};

function problemOf(root: string, error: RolldownError): PluginProblem {
  // The message is drawn: "[CODE] what", then the line of source in a frame, then "│ Help: …".
  const [what = '', ...frame] = stripVTControlCharacters(error.message).split('\n');
  const help = frame
    .find((line) => /│ (Help|Note): /.test(line))
    ?.replace(/^.*│ (Help|Note): /, '');
  return {
    code: CODES[error.code ?? ''] ?? 'BFD_PLUGIN_BUNDLE',
    at: placeOfError(root, error, frame),
    problem: what.replace(/^\[\w+\] /, '').replace(/\.$/, ''),
    remedy: help ? `${help.replace(/\.$/, '')}.` : 'Correct the source and build again.',
  };
}

function placeOfError(root: string, error: RolldownError, frame: readonly string[]): string {
  const drawn = frame.map((line) => /─\[ (.+?) \]/.exec(line)?.[1]).find((place) => place);
  if (drawn) return drawn;
  const file = error.loc?.file ?? error.id;
  return file ? relative(root, file) : 'package.json';
}

function sorted(problems: readonly PluginProblem[]): PluginProblem[] {
  return problems.toSorted((a, b) => a.at.localeCompare(b.at, 'en', { numeric: true }));
}
