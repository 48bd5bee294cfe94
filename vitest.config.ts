import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests import the sources of every package: no build is needed to run them.
  resolve: { conditions: ['nasbench-source', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['nasbench-source', 'import', 'module', 'node', 'default'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tooling/test/**/*.test.ts',
      'e2e/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    // Generous: a loaded machine is slow, and no test is about time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
