// Packages that must not get into a bundle. A job is handed its pool and its S3 client by the host, which
// gives them quotas, cancellation and traces; a client of its own would have none of it, and a bundled copy
// of OpenTelemetry would report to nobody. Importing their types is fine: types leave nothing behind.

import type { PluginProblem } from './problems.ts';

const REFUSED: readonly { readonly names: RegExp; readonly instead: string }[] = [
  {
    names: /^pg(-pool|-native)?(\/|$)/,
    instead: 'Ask for DB_POOL in the constructor: @inject(DB_POOL) private readonly db: Pool.',
  },
  {
    names: /^@aws-sdk\/client-s3(\/|$)/,
    instead: 'Ask for S3 in the constructor: @inject(S3) private readonly s3: S3Client.',
  },
  {
    names: /^@aws-sdk\/lib-storage(\/|$)/,
    instead: 'Use ctx.upload(bucket, key, stream), which sends it in parts.',
  },
  {
    names: /^@opentelemetry\//,
    instead: 'Leave it out: the host traces runs, SQL and S3 calls by itself.',
  },
  {
    names: /^@bfd-host\/(host|local-stack|plugin-builder|testkit)(\/|$)/,
    instead: 'A plugin imports only @bfd-host/sdk of the host’s packages.',
  },
];

// They find a compiled file at run time by looking around on disk.
const ADDON_LOADERS =
  /^(bindings|node-gyp-build|node-pre-gyp|@mapbox\/node-pre-gyp|prebuild-install)$/;

/** Why `specifier` may not be imported by value; `undefined` if it may. */
export function refusalOf(specifier: string): Omit<PluginProblem, 'at'> | undefined {
  const refused = REFUSED.find(({ names }) => names.test(specifier));
  if (refused) {
    return {
      code: 'BFD_PLUGIN_SERVICE_IMPORT',
      problem: `imports "${specifier}", which a plugin must not bundle`,
      remedy: refused.instead,
    };
  }
  if (specifier.endsWith('.node') || ADDON_LOADERS.test(specifier)) {
    return {
      code: 'BFD_PLUGIN_ADDON',
      problem: `imports "${specifier}", which loads a native add-on`,
      remedy: 'Use a package written in JavaScript: a plugin is one file and runs without add-ons.',
    };
  }
  return undefined;
}
