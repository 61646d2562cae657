// Runs clang-format with the given options over every C++ file that git tracks.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const listed = spawnSync('git', ['ls-files', '--', '*.cpp', '*.h'], {
  cwd: root,
  encoding: 'utf8',
})
const files = listed.stdout.split('\n').filter((file) => file !== '')
const { status } = spawnSync('node_modules/.bin/clang-format', [...process.argv.slice(2), ...files], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
