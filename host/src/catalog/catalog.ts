// What is known of the plugins here, from their manifests alone: none of their code has run.

import type { JobManifest, PluginManifest } from '@bfd-host/sdk/runtime';
import type { Problem } from '../errors.ts';

/** A problem, and what kind it is. */
export interface CodedProblem extends Problem {
  /** Stable, `BFD_…`. */
  readonly code: string;
}

export interface Catalog {
  /** By name. */
  readonly plugins: readonly CatalogPlugin[];
  /** Plugins, and single jobs of plugins, that do not take part. They keep no other from running. */
  readonly refused: readonly Refusal[];
  /** Folders with the source of a plugin that is not built, such as `plugins/ccw`. */
  readonly unbuilt: readonly string[];
  /** What an operator may want to know and nothing is refused for. */
  readonly notices: readonly Problem[];
}

export interface CatalogPlugin {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the folder that holds plugin.json, without symbolic links. */
  readonly folder: string;
  /** For people, such as `plugins/ccw/dist`. */
  readonly shownFolder: string;
  /** Absolute path of the bundle. */
  readonly entryFile: string;
  /** Of the bundle, as found at the scan and as its manifest says. */
  readonly sha256: string;
  readonly manifest: PluginManifest;
  /** The manifest's jobs without the refused ones. */
  readonly jobs: readonly JobManifest[];
}

export type RefusalCode =
  /** plugin.json is not what `bfd-plugin build` writes, or asks for what cannot be. */
  | 'BFD_PLUGIN_MANIFEST'
  /** Built for another plugin API. */
  | 'BFD_PLUGIN_API_VERSION'
  /** The bundle is not the one the manifest was made for. */
  | 'BFD_PLUGIN_DIGEST'
  /** The bundle is missing or too large. */
  | 'BFD_PLUGIN_ENTRY'
  /** Two plugins, or two jobs, of one name. */
  | 'BFD_PLUGIN_DUPLICATE'
  /** A symbolic link in the folder could lead anywhere. */
  | 'BFD_PLUGIN_SYMLINK'
  /** The folder holds more than a plugin does: sockets, pipes, thousands of files. */
  | 'BFD_PLUGIN_FILES'
  /** The host's user may not read it. */
  | 'BFD_PLUGIN_UNREADABLE'
  /** There is no plugins folder, or it cannot be read. */
  | 'BFD_PLUGINS_FOLDER';

export interface Refusal {
  readonly code: RefusalCode;
  /** For people, such as `plugins/ccw`. */
  readonly folder: string;
  /** The plugin's name, where its manifest could be read so far. */
  readonly name?: string;
  /** The one job that is refused; absent when the whole plugin is. */
  readonly job?: string;
  /** Names of the plugin's jobs, where its manifest could be read so far. */
  readonly jobs?: readonly string[];
  readonly problem: string;
  readonly remedy: string;
}

/** A refusal as a line for people. */
export function describeRefusal(refusal: Refusal): CodedProblem {
  const { code, folder, job, problem, remedy } = refusal;
  const what = job === undefined ? 'was not loaded' : `job "${job}" was not loaded`;
  return { code, at: folder, problem: `${what}: ${problem}. ${remedy}` };
}
