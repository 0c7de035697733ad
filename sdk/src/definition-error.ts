/** A plugin's classes do not make a plugin. Names everything that is wrong at once. */
export class PluginDefinitionError extends Error {
  override readonly name = 'PluginDefinitionError';
  readonly code = 'BFD_PLUGIN_DEFINITION';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The plugin is not usable: ${problems.join('; ')}. Mend its source and build it again.`);
    this.problems = problems;
  }
}
