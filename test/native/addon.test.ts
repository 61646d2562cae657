// The border between TypeScript and C++: names agree, and what the environment asks for is honoured or refused.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { addon, packageRoot } from '../../lib/native/load.ts'

const build = process.env.PARASCAN_BUILD ? `build-${process.env.PARASCAN_BUILD}` : 'build'
const addonPath = join(packageRoot, build, 'Release', 'parascan.node')

/** Runs a script in a process of its own, with the addon as `addon`. */
function run(script: string, environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['-e', `const addon = require(process.argv[1]); ${script}`, addonPath], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
}

test('the addon registers exactly the functions that lib/native/addon.ts declares', () => {
  const source = readFileSync(join(packageRoot, 'lib/native/addon.ts'), 'utf8')
  const [, face = ''] = source.match(/export interface Addon \{\n(.*?)\n\}/s) ?? []
  const declared = [...face.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1])
  expect(Object.keys(addon).sort()).toEqual(declared.sort())
})

test('PARASCAN_ISA chooses an instruction set this machine has', () => {
  for (const isa of addon.instructionSets()) {
    const { stdout, status } = run('console.log(addon.isa())', { PARASCAN_ISA: isa })
    expect({ isa: stdout.trim(), status }).toEqual({ isa, status: 0 })
  }
})

test('PARASCAN_ISA is refused by name when the machine lacks it', () => {
  const { stderr, status } = run('', { PARASCAN_ISA: 'sse9' })
  expect(status).toBe(1)
  expect(stderr).toContain(
    `RangeError: \`PARASCAN_ISA\` must be one of ${addon.instructionSets().join(', ')} on this machine, got "sse9"`,
  )
})

test('the number of threads is known as soon as it is set', () => {
  const { stdout } = run('addon.setThreads(3); console.log(addon.threads())')
  expect(stdout.trim()).toBe('3')
})

test('workers that load the addon come and go while the main thread uses it', async () => {
  const script = `
    const { workerData } = require('node:worker_threads')
    const addon = require(workerData)
    const x = addon.full([64, 64], 1)
    addon.dispose(addon.matmul(x, x, false, false, 0))
  `
  for (let round = 0; round < 3; ++round) {
    const workers = Array.from({ length: 4 }, () => new Worker(script, { eval: true, workerData: addonPath }))
    await Promise.all(
      workers.map(
        (worker) => new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject)),
      ),
    )
  }
  const handle = addon.full([2], 7)
  expect(Array.from(await addon.data(handle))).toEqual([7, 7])
  addon.dispose(handle)
})
