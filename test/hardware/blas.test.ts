// The foreign matrix product that benchmarks compare with: there, or missing for a reason.

import { expect, test } from 'vitest'
import { describeBlas, timeBlas } from '../../lib/hardware/blas.ts'
import { UnavailableError } from '../../lib/hardware/unavailable-error.ts'

const product = { m: 64, n: 48, k: 32, threads: 1, warmup: 1, repeats: 5, seconds: 1 }
const blas = describeBlas()

test.runIf('name' in blas)('a BLAS that was found is named and timed (needs OpenBLAS)', async () => {
  expect('name' in blas && blas.name).toMatch(/OpenBLAS/)
  const times = await timeBlas(product)
  expect(times).toHaveLength(5)
  for (const seconds of times) expect(seconds).toBeGreaterThan(0)
  expect(await timeBlas({ ...product, transposeB: true, seconds: 0 })).toHaveLength(1)
})

test.runIf('unavailable' in blas)('a BLAS that is missing is missing for a reason', () => {
  expect(() => timeBlas(product)).toThrow(UnavailableError)
  expect(() => timeBlas(product)).toThrow(/BLAS is not available: no OpenBLAS/)
})
