// Runs the tests on an instrumented build (`npm run build:asan`, `build:ubsan`). The runtime of a sanitizer has
// to come before everything else in the process, hence LD_PRELOAD.
// Usage: node scripts/test-sanitized.mjs asan|ubsan [vitest options]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [build, ...options] = process.argv.slice(2)
const compiler = process.env.CXX ?? 'g++'

function library(/** @type {string} */ name) {
  return spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim()
}

const preload = build === 'asan' ? [library('libasan.so')] : [library('libubsan.so')]
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PARASCAN_BUILD: build,
    LD_PRELOAD: preload.join(' '),
    // V8 keeps what it has until exit, so leaks cannot be told from its habits; tests count live bytes instead.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  },
})
process.exit(status ?? 1)
