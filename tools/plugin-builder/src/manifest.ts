// plugin.json, put together from package.json, the bundle and what the bundle declares.

import { createHash } from 'node:crypto';
import { type PluginManifest, pluginManifestSchema } from '@bfd-host/sdk/runtime';
import type { z } from 'zod';
import type { Description } from './evaluate.ts';
import type { PackageFacts } from './package-facts.ts';
import { type PluginProblem, PluginProblemsError } from './problems.ts';

export const MANIFEST_FILE = 'plugin.json';
export const BUNDLE_FILE = 'plugin.js';

/**
 * Makes the manifest of a bundle.
 *
 * @throws {@link PluginProblemsError} naming every part of `@Job` that has not the form it must have
 */
export function makeManifest(
  folder: string,
  facts: PackageFacts,
  bundle: string,
  description: Description,
): PluginManifest {
  const { apiVersion, sdkVersion, privileges, schemas, jobs } = description;
  const parsed = pluginManifestSchema.safeParse({
    manifestVersion: 1,
    name: facts.name,
    version: facts.version,
    apiVersion,
    sdkVersion,
    entry: BUNDLE_FILE,
    sha256: sha256(bundle),
    privileges,
    schemas,
    jobs,
  });
  if (parsed.success) return parsed.data;
  throw new PluginProblemsError(
    folder,
    parsed.error.issues.map((issue) => problemOf(issue, facts.entry, jobs)),
  );
}

/** The text of plugin.json. */
export function manifestText(manifest: PluginManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

function problemOf(issue: z.core.$ZodIssue, at: string, jobs: Description['jobs']): PluginProblem {
  const [first, index, ...rest] = issue.path;
  const isInJob = first === 'jobs' && typeof index === 'number';
  const where = isInJob
    ? [`job ${String(jobs[index]?.name)}`, rest.join('.')].filter((part) => part !== '').join(': ')
    : issue.path.join('.');
  return {
    code: 'BFD_PLUGIN_MANIFEST',
    at,
    problem: `${where}: ${issue.message}`,
    remedy: isInJob
      ? 'Correct what the class gives to @Job.'
      : 'Correct what is given to definePlugin.',
  };
}
