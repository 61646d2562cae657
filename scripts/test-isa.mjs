// Runs the tests once under every instruction set that the build has and this machine runs.
// Usage: node scripts/test-isa.mjs [vitest options]
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const addon = createRequire(import.meta.url)(`${root}build/Release/parascan.node`)

let failed = false
for (const isa of addon.instructionSets()) {
  console.log(`\nPARASCAN_ISA=${isa}`)
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit', env: { ...process.env, PARASCAN_ISA: isa } },
  )
  failed ||= status !== 0
}
process.exit(failed ? 1 : 0)
