import type { Answers } from './answers.ts';
import {
  ALLOW_SCRIPTS,
  COPY_DEPENDENCIES,
  DEV_DEPENDENCIES,
  NODE_PACKAGES,
  OVERRIDES,
  VERSION,
} from './versions.ts';

/** package.json of a project that stands alone, or of a workspace of the repository. */
export function packageJson({ name, kind }: Answers, isInRepository: boolean): string {
  const copies = kind === 'poll-s3' || kind === 'fan-out' ? COPY_DEPENDENCIES : {};
  const about = { name, version: '1.0.0', private: true, type: 'module' };
  const value = isInRepository
    ? {
        ...about,
        scripts: {
          dev: 'bfd-host dev',
          test: `vitest run --config ../../test/vitest.config.ts plugins/${name}/`,
          build: 'tsc -b . && bfd-plugin build .',
          check: 'tsc -b . && biome check .',
        },
        dependencies: { '@bfd-host/sdk': VERSION },
        devDependencies: sorted({
          '@bfd-host/plugin-builder': VERSION,
          '@bfd-host/testkit': VERSION,
          ...copies,
        }),
      }
    : {
        ...about,
        scripts: {
          dev: 'bfd-host dev',
          test: 'vitest run',
          build: 'tsc --noEmit && bfd-plugin build .',
          check: 'tsc --noEmit && biome check .',
        },
        devDependencies: sorted({ ...DEV_DEPENDENCIES, ...copies }),
        optionalDependencies: NODE_PACKAGES,
        overrides: OVERRIDES,
        allowScripts: ALLOW_SCRIPTS,
      };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function sorted(members: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
