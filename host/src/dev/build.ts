// Builds the plugin under development with the builder that its project has installed.

import path from 'node:path';
import { BfdError } from '../errors.ts';

export class BuilderMissingError extends BfdError {
  readonly code = 'BFD_DEV_BUILDER_MISSING';
  constructor(cause: unknown) {
    super(
      '`bfd-host dev` builds the plugin, and the package @bfd-host/plugin-builder is not installed. Install it: ' +
        'npm install --save-dev @bfd-host/plugin-builder',
      { cause },
    );
  }
}

export type DevBuild =
  | {
      readonly kind: 'built';
      /** Holds plugin.json. */
      readonly folder: string;
      readonly isChanged: boolean;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'failed'; readonly problems: readonly string[] };

/**
 * Builds once. What is wrong with the source is an answer and no error.
 *
 * @throws {@link BuilderMissingError}
 */
export async function build(folder: string): Promise<DevBuild> {
  const { buildPlugin, PluginProblemsError } = await loadBuilder();
  try {
    return { kind: 'built', ...(await buildPlugin(folder)) };
  } catch (error) {
    if (!(error instanceof PluginProblemsError)) throw error;
    const problems = error.problems.map(
      ({ at, problem, code, remedy }) =>
        `${path.join(path.basename(folder), at)}  ${problem} (${code})\n${remedy}`,
    );
    return { kind: 'failed', problems };
  }
}

// By dynamic import only: a host in production builds nothing.
async function loadBuilder() {
  return import('@bfd-host/plugin-builder').catch((error: unknown) => {
    throw new BuilderMissingError(error);
  });
}
