// For the host and the plugin builder: the form of plugin.json, and how a loaded bundle is spoken to. A job's
// author needs none of this.

export { PluginDefinitionError } from './definition-error.ts';
export { fillTemplate, isJobError } from './errors.ts';
export {
  type JobManifest,
  type PluginManifest,
  pluginManifestSchema,
  privilegesSchema,
} from './manifest.ts';
export {
  type JobDeclaration,
  type JobInstance,
  type JobServices,
  type ParsedConfig,
  PLUGIN_API_VERSION,
  type PluginModule,
  type Privileges,
  type Service,
} from './plugin.ts';
export { isSafeText, type SafeKind, safe, safeForm, WITHHELD } from './safe.ts';
export { SDK_VERSION } from './version.ts';
