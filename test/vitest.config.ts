/** How all tests of this repository run: `vitest run --config test/vitest.config.ts [filter]`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const support = (file: string): string =>
  fileURLToPath(new URL(`./support/${file}`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // As the plugin builder does: a migration is imported as text.
  plugins: [
    {
      name: 'sql-text',
      transform: (code: string, id: string) =>
        id.endsWith('.sql')
          ? { code: `export default ${JSON.stringify(code)}`, map: null }
          : undefined,
    },
  ],
  test: {
    include: [
      '{sdk,host}/src/**/*.test.ts',
      '{tools,plugins}/*/src/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: support('services.ts'),
    reporters: ['default', support('plain-count-reporter.ts')],
    // Real services and real processes: a crash of the code under test ends one fork, not the run.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
