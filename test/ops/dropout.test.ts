// Dropout: how often it keeps an element, and that backward zeroes what forward did.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

describe('dropout', () => {
  it('zeroes the share of elements it was told to, and scales the others', () => {
    scope(() => {
      for (const p of [0, 0.1, 0.5, 0.9]) {
        const y = ops.dropout(Tensor.full([100_000], 2), { p, seed: 1 }).dataSync()
        const kept = y.filter((value) => value !== 0)
        // Five standard deviations of a binomial count.
        expect(Math.abs(kept.length - 100_000 * (1 - p))).toBeLessThanOrEqual(
          5 * Math.sqrt(100_000 * p * (1 - p)),
        )
        expect(kept.every((value) => Math.abs(value - 2 / (1 - p)) < 1e-5)).toBe(true)
      }
    })
  })

  it('zeroes in backward what it zeroed in forward', () => {
    scope(() => {
      const root = Tensor.full([70, 41], 3).requireGradient()
      const x = root.transpose(0, 1).narrow(0, 2, 30)
      const y = ops.dropout(x, { p: 0.3, seed: 5, stream: 2 })
      ops.sum(y).backward()
      const mask = y.dataSync().map((value) => (value === 0 ? 0 : Math.fround(1 / 0.7)))
      const gradient = root.gradient?.transpose(0, 1).narrow(0, 2, 30).dataSync() ?? []
      mask.forEach((value, i) => {
        expect(gradient[i]).toBeCloseTo(value, 5)
      })
      expect(
        root.gradient
          ?.transpose(0, 1)
          .narrow(0, 0, 2)
          .dataSync()
          .every((value) => value === 0),
      ).toBe(true)
    })
  })

  it('draws the same for the same seed and stream, and else differently', () => {
    scope(() => {
      const x = Tensor.full([200], 1)
      const draw = (seed: number, stream: number) => ops.dropout(x, { p: 0.5, seed, stream }).dataSync()
      expect(draw(1, 2)).toEqual(draw(1, 2))
      expect(draw(1, 2)).not.toEqual(draw(1, 3))
      expect(draw(1, 2)).not.toEqual(draw(2, 2))
    })
  })

  it('refuses what is no probability', () => {
    scope(() => {
      const x = Tensor.zeros([2])
      expect(() => ops.dropout(x, { p: 0.5, seed: -1 })).toThrow(
        '`seed` must be a whole number from 0 to 2^53 - 1, got -1',
      )
      for (const p of [1, -0.1, Number.NaN])
        expect(() => ops.dropout(x, { p, seed: 0 })).toThrow('`p` must be in [0, 1)')
    })
  })
})
