import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Real services and real processes: the first test starts them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
