import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Starts PostgreSQL and S3 before the tests, and stops them after.
    globalSetup: '@bfd-host/testkit/global-setup',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
