// For programs that build plugins themselves, such as tests; people use the command `bfd-plugin`.

export { type BuildOptions, type BuiltPlugin, buildPlugin } from './build.ts';
export { type CheckedPlugin, checkPlugin } from './check.ts';
export { type PluginProblem, type PluginProblemCode, PluginProblemsError } from './problems.ts';
