// Every kernel family gives the same numbers, but for rounding, under every instruction set that this machine runs.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addon, packageRoot } from '../../lib/native/load.ts'

const build = process.env.PARASCAN_BUILD ? `build-${process.env.PARASCAN_BUILD}` : 'build'
const addonPath = join(packageRoot, build, 'Release', 'parascan.node')

interface Digests {
  isa: string
  /** By the result: its RMS, then sums under random signs over the root of the number of elements. */
  digests: Record<string, number[]>
}

function runUnder(isa: string) {
  return spawnSync(process.execPath, [join(import.meta.dirname, 'isa-digest.mjs'), addonPath], {
    encoding: 'utf8',
    env: { ...process.env, PARASCAN_ISA: isa },
    maxBuffer: 2 ** 24,
  })
}

function digestsUnder(isa: string): Digests {
  const { stdout, stderr, status } = runUnder(isa)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

/** What an instruction set may change: the order of sums, and whether a product is rounded before it is added. */
const tolerance = 2e-6

const [first = '', ...others] = addon.instructionSets()

describe.skipIf(others.length === 0)('instruction sets (this machine must run more than one)', () => {
  test.each(others)(`%s gives the results of ${first}`, (isa) => {
    const expected = digestsUnder(first)
    const actual = digestsUnder(isa)
    expect([expected.isa, actual.isa]).toEqual([first, isa])
    expect(Object.keys(actual.digests)).toEqual(Object.keys(expected.digests))
    const errors = Object.entries(expected.digests).map(([name, digest]) => {
      const size = digest[0] as number
      const found = actual.digests[name] ?? []
      return {
        name,
        error: Math.max(...digest.map((value, i) => Math.abs(value - (found[i] as number)))) / size,
      }
    })
    expect(errors.filter(({ error }) => !(error <= tolerance))).toEqual([])
  })
})

test('an instruction set that the machine lacks is refused with the ones it has', () => {
  const { stderr, status } = runUnder('mmx')
  expect(status).toBe(1)
  expect(stderr).toContain(
    `RangeError: \`PARASCAN_ISA\` must be one of ${addon.instructionSets().join(', ')} on this machine, got "mmx"`,
  )
})
