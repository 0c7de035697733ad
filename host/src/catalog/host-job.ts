// A job as this host runs it: what its plugin declares, changed by what host.config.json says.

import type { Privileges, Schedule } from '@bfd-host/sdk';
import type { Service } from '@bfd-host/sdk/runtime';
import type { PluginSettings } from '../config/host-config.ts';
import type { JsonValue } from '../config/json-text.ts';
import type { CatalogPlugin, CodedProblem } from './catalog.ts';

export interface HostJob {
  readonly name: string;
  /** The job's own; a run may bring about another. */
  readonly version: string;
  readonly description?: string;
  readonly state: JobState;
  readonly plugin: CatalogPlugin;
  readonly pluginSettings: PluginSettings;
  /** Absent: on no schedule. */
  readonly schedule?: Required<Schedule>;
  /** Whether to run once when the host starts. */
  readonly startup: boolean;
  /** Whether to run after one of `dependsOn` did work. */
  readonly runAfter: boolean;
  readonly dependsOn: readonly JobDependency[];
  readonly retries: JobRetries;
  /** Absent: it may take any time. */
  readonly timeout?: { readonly softMs: number; readonly hardMs: number };
  readonly pool?: string;
  /** Older than this, its latest success makes the job late; absent: it never is. */
  readonly successWithinMs?: number;
  /** Higher goes first. */
  readonly priority: number;
  /** As in the file: checked against the manifest's schema, the author's defaults not yet filled in. May hold secrets. */
  readonly config: Readonly<Record<string, JsonValue>>;
  readonly needs: readonly Service[];
  /** Declared by the plugin and granted by the operator. */
  readonly privileges: Privileges;
  readonly hasItems: boolean;
  /** Whether items of `ctx.forEach` go to all hosts. */
  readonly fanOut: boolean;
  /** Whether console output is kept in a private file. */
  readonly debugOutput: boolean;
}

export type JobState =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'disabled';
      /** `file`: `"enabled": false`; `manifest`: it is off unless the file enables it. */
      readonly because: 'file' | 'manifest';
    }
  /** It cannot run here until these are mended. */
  | { readonly kind: 'refused'; readonly problems: readonly CodedProblem[] };

export interface JobDependency {
  readonly job: string;
  /** semver range; any version if absent. */
  readonly version?: string;
  readonly maxAgeMs?: number;
  readonly isOptional: boolean;
  readonly rerunOnVersionChange: boolean;
  /** Whether that job runs here. Only an optional one of a ready job may not: the gate passes over it. */
  readonly isPresent: boolean;
}

export interface JobRetries {
  readonly limit: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** Absent: all but permanent ones. */
  readonly codes?: readonly string[];
}
