// What npm runs in a working copy after `npm ci` and before `npm pack`: compiles lib/ into dist/ and bundles the
// script of the HTML report. Without the development dependencies (`npm ci --omit=dev`) there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(/** @type {string[]} */ ...command) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// `npx parascan` in a working copy runs this, too, but is to use what `npm run build` made.
const linkedByNpx = process.env.npm_command === 'exec'
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
if (existsSync(compiler) && !linkedByNpx) {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run(compiler, '-p', 'tsconfig.build.json')
  run(join('scripts', 'bundle-report.mjs'))
}
