import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Sanitized and debug builds of the addon are up to twenty times slower; they get the time they need.
const patience = process.env.PARASCAN_BUILD ? 10 : 1

const lib = fileURLToPath(new URL('lib', import.meta.url))

export default defineConfig({
  resolve: {
    // Examples in documents import the package by its name, as its users do.
    alias: [
      { find: /^parascan$/, replacement: `${lib}/index.ts` },
      { find: /^parascan\/(\w+)$/, replacement: `${lib}/$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/compiled.ts',
    pool: 'forks', // a crash of the addon ends one file, not the run
    testTimeout: 30_000 * patience,
    hookTimeout: 60_000 * patience,
  },
})
