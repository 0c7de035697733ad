// What a bundle declares, or why it declares nothing.

import { SourceMap, type SourceMapPayload } from 'node:module';
import { join, relative } from 'node:path';
import { PLUGIN_API_VERSION } from '@bfd-host/sdk/runtime';
import { type Description, type Evaluation, evaluateBundle } from './evaluate.ts';
import { type PluginProblem, PluginProblemsError } from './problems.ts';

export interface BundleToDescribe {
  /** The plugin's folder, for its problems. */
  readonly folder: string;
  /** Where its source begins, or its bundle: the place of problems that have no better one. */
  readonly entry: string;
  /** The bundle on disk. */
  readonly file: string;
  /** Source map of the bundle, as {@link Bundle.map}. */
  readonly map?: string;
  readonly limitMs?: number | undefined;
}

/**
 * Loads a bundle and returns what it declares.
 *
 * @throws {@link PluginProblemsError}
 */
export async function describeBundle(bundle: BundleToDescribe): Promise<Description> {
  const evaluation = await evaluateBundle(bundle.file, bundle.limitMs);
  if (evaluation.kind !== 'described') {
    throw new PluginProblemsError(bundle.folder, problemsOf(evaluation, bundle));
  }
  const { apiVersion, sdkVersion } = evaluation.description;
  if (apiVersion !== PLUGIN_API_VERSION) {
    throw new PluginProblemsError(bundle.folder, [
      {
        code: 'BFD_PLUGIN_API_VERSION',
        at: bundle.entry,
        problem: `uses version ${apiVersion} of the plugin interface (SDK ${sdkVersion}), and this builder makes version ${PLUGIN_API_VERSION}`,
        remedy:
          'Install versions of @bfd-host/sdk and @bfd-host/plugin-builder that belong together.',
      },
    ]);
  }
  return evaluation.description;
}

type Failure = Exclude<Evaluation, { kind: 'described' }>;

function problemsOf(failure: Failure, bundle: BundleToDescribe): PluginProblem[] {
  const at = bundle.entry;
  const code = 'BFD_PLUGIN_LOAD';
  switch (failure.kind) {
    case 'definition':
      return failure.problems.map((problem) => ({
        code: 'BFD_PLUGIN_DEFINITION',
        at,
        problem,
        remedy: 'Correct the class or what it gives to @Job.',
      }));
    case 'no-plugin':
      return [
        {
          code: 'BFD_PLUGIN_EXPORT',
          at,
          problem:
            failure.found === 'undefined'
              ? 'has no default export'
              : `its default export is not a plugin (${failure.found})`,
          remedy: 'Write: export default definePlugin({ jobs: [MyJob] });',
        },
      ];
    case 'threw':
      return [
        {
          code,
          at: placeOfThrow(failure.stack, bundle) ?? at,
          problem: `throws while it is loaded: ${failure.message.split('\n')[0]}`,
          remedy: failure.isDenied
            ? 'Move it into run(): code outside the classes runs without files, network or services.'
            : 'Correct it, or move it into run(): code outside the classes runs before there are services.',
        },
      ];
    case 'ended':
      return [
        {
          code,
          at,
          problem: `${failure.how} while it is loaded`,
          remedy: 'Move what does this into run(): code outside the classes must come to its end.',
        },
      ];
    case 'too-slow':
      return [
        {
          code: 'BFD_PLUGIN_LOAD_TIMEOUT',
          at,
          problem: `is not loaded after ${failure.limitMs / 1000} seconds`,
          remedy: 'Look for an endless loop or a wait outside the classes, and move it into run().',
        },
      ];
    case 'unintelligible':
      return [
        {
          code: 'BFD_PLUGIN_EXPORT',
          at,
          problem: 'its default export is not what definePlugin makes',
          remedy: 'Write: export default definePlugin({ jobs: [MyJob] });',
        },
      ];
  }
}

/** Line of the author's source that threw: the first frame that is neither a package's nor Node's. */
function placeOfThrow(stack: string, { folder, map }: BundleToDescribe): string | undefined {
  if (!map) return undefined;
  const sources = new SourceMap(JSON.parse(map) as SourceMapPayload);
  for (const [, line, column] of stack.matchAll(/plugin\.js:(\d+):(\d+)/g)) {
    const found = sources.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in found) || found.originalSource.includes('node_modules/')) continue;
    const path = relative(folder, join(folder, 'dist', found.originalSource));
    return `${path}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  }
  return undefined;
}
