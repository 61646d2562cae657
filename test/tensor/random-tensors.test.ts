// Tensors of random numbers: the same sequence as on the JavaScript side, the same bits for the same seed.

import { describe, expect, it } from 'vitest'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

describe('uniform tensors', () => {
  it.each([0, 1, 12345, 2 ** 53 - 1])('of seed %d hold the numbers that Random draws', (seed) => {
    scope(() => {
      const random = new Random(seed)
      const drawn = Float32Array.from({ length: 1001 }, () => random.uniform())
      expect(Tensor.uniform([1001], { seed }).dataSync()).toEqual(drawn)
    })
  })

  it('stay within their bounds, the upper one left out', () => {
    scope(() => {
      for (const [low, high] of [
        [-3, 5],
        [0, 1e-30],
        [-1, -0.999999],
        [1e8, 1e8 + 8],
      ] as const) {
        const values = Tensor.uniform([20_000], { seed: 1, low, high }).dataSync()
        expect(values.every((value) => value >= Math.fround(low) && value < Math.fround(high))).toBe(true)
      }
    })
  })
})

describe('normal tensors', () => {
  it('have the moments and the tails of the distribution', () => {
    scope(() => {
      const count = 200_000
      const values = Tensor.normal([count], { seed: 2, mean: 3, deviation: 2 }).dataSync()
      const standard = Float64Array.from(values, (value) => (value - 3) / 2)
      const moment = (power: number): number =>
        standard.reduce((sum, value) => sum + value ** power, 0) / count
      // Five standard deviations of each estimate.
      expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / count))
      expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count))
      expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count))
      expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count))
      const beyond = standard.reduce((sum, value) => sum + (Math.abs(value) > 3 ? 1 : 0), 0) / count
      expect(beyond).toBeCloseTo(0.0027, 3)
    })
  })

  it('have neighbours that do not go together', () => {
    scope(() => {
      const values = Tensor.normal([100_000], { seed: 4 }).dataSync()
      for (const distance of [1, 2, 3, 4]) {
        let product = 0
        for (let i = distance; i < values.length; i++)
          product += (values[i] as number) * (values[i - distance] as number)
        expect(Math.abs(product / values.length)).toBeLessThan(5 / Math.sqrt(values.length))
      }
    })
  })
})

describe('random tensors', () => {
  it('are the same for the same seed and stream, and else different', () => {
    scope(() => {
      for (const make of [Tensor.uniform, Tensor.normal]) {
        const draw = (seed: number, stream?: number) =>
          Array.from(make([50], { seed, ...(stream !== undefined && { stream }) }).dataSync())
        expect(draw(1)).toEqual(draw(1, 0))
        expect(draw(1, 7)).toEqual(draw(1, 7))
        expect(draw(1)).not.toEqual(draw(2))
        expect(draw(1)).not.toEqual(draw(1, 1))
      }
    })
  })

  it('of a smaller size begin a larger one', () => {
    scope(() => {
      for (const make of [Tensor.uniform, Tensor.normal])
        expect(make([40_000], { seed: 3 }).narrow(0, 0, 77).dataSync()).toEqual(
          make([77], { seed: 3 }).dataSync(),
        )
    })
  })
})
