// What is wrong with a plugin, told to its author: all of it at once, each with a code, a place and a remedy.

/** Stable codes of {@link PluginProblem}; tools/plugin-builder/README.md lists their meaning. */
export type PluginProblemCode =
  | 'BFD_PLUGIN_FOLDER'
  | 'BFD_PLUGIN_PACKAGE'
  | 'BFD_PLUGIN_ENTRY'
  | 'BFD_PLUGIN_SYNTAX'
  | 'BFD_PLUGIN_UNRESOLVED'
  | 'BFD_PLUGIN_SERVICE_IMPORT'
  | 'BFD_PLUGIN_ADDON'
  | 'BFD_PLUGIN_BUNDLE'
  | 'BFD_PLUGIN_LOAD'
  | 'BFD_PLUGIN_LOAD_TIMEOUT'
  | 'BFD_PLUGIN_EXPORT'
  | 'BFD_PLUGIN_DEFINITION'
  | 'BFD_PLUGIN_API_VERSION'
  | 'BFD_PLUGIN_MANIFEST'
  | 'BFD_PLUGIN_DIGEST'
  | 'BFD_PLUGIN_STALE'
  | 'BFD_PLUGIN_SYMLINK'
  | 'BFD_PLUGIN_EXTRA_FILE'
  | 'BFD_PLUGIN_WRITE';

export interface PluginProblem {
  readonly code: PluginProblemCode;
  /** A path below the plugin's folder, with line and column where there are any: `src/plugin.ts:12:5`. */
  readonly at: string;
  /** What is wrong, without a full stop. */
  readonly problem: string;
  /** What to do next, as a sentence. */
  readonly remedy: string;
}

/**
 * A plugin could not be built, or a built one is not sound.
 *
 * @example
 * try {
 *   await buildPlugin('plugins/ccw');
 * } catch (error) {
 *   if (error instanceof PluginProblemsError) for (const { at, problem } of error.problems) …
 * }
 */
export class PluginProblemsError extends Error {
  override readonly name = 'PluginProblemsError';
  readonly code = 'BFD_PLUGIN';
  readonly problems: readonly PluginProblem[];

  constructor(
    /** The plugin's folder, as it was given. */
    readonly folder: string,
    problems: readonly PluginProblem[],
    options?: ErrorOptions,
  ) {
    super(describeProblems(folder, problems), options);
    this.problems = problems;
  }
}

/** The text of a {@link PluginProblemsError}. */
export function describeProblems(folder: string, problems: readonly PluginProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map(
    ({ code, at, problem, remedy }) => `  ${at}  ${problem} (${code})\n      ${remedy}`,
  );
  return [`${folder}: ${count}`, ...lines].join('\n');
}
