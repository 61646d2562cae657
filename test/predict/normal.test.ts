// The normal distribution against known values, far into its tails.

import { expect, it } from 'vitest'
import {
  logDifference,
  logExpectedShortfall,
  logNormalCdf,
  logSum,
  normalCdf,
} from '../../lib/predict/normal.ts'

it.each([
  [0, 0.5],
  [1, 0.8413447460685429],
  [-1.959963984540054, 0.025],
  [-5, 2.866515718791939e-7],
  [4, 0.9999683287581669],
])('Φ(%d) is %d', (z, value) => {
  expect(normalCdf(z) / value).toBeCloseTo(1, 12)
  expect(logNormalCdf(z)).toBeCloseTo(Math.log(value), 11)
})

it('has a logarithm where Φ itself is 0', () => {
  // log Φ(−40), from its asymptotic series.
  expect(logNormalCdf(-40)).toBeCloseTo(-800 - Math.log(40 * Math.sqrt(2 * Math.PI)) - 1 / 1600, 5)
})

it('integrates Φ: the derivative of h is Φ', () => {
  for (let z = -45; z <= 8; z += 0.37) {
    const step = 1e-4 * Math.max(1, Math.abs(z)) ** -1
    const slope = (logExpectedShortfall(z + step) - logExpectedShortfall(z - step)) / (2 * step)
    expect(slope / Math.exp(logNormalCdf(z) - logExpectedShortfall(z))).toBeCloseTo(1, 4)
  }
  expect(logExpectedShortfall(0)).toBeCloseTo(Math.log(1 / Math.sqrt(2 * Math.PI)), 12)
  expect(Math.exp(logExpectedShortfall(9))).toBeCloseTo(9, 12)
})

it('adds and subtracts logarithms', () => {
  expect(logSum([Math.log(2), Math.log(3)])).toBeCloseTo(Math.log(5), 12)
  expect(logSum([-2000, -2000])).toBeCloseTo(-2000 + Math.log(2), 9)
  expect(logSum([])).toBe(Number.NEGATIVE_INFINITY)
  expect(logDifference(Math.log(5), Math.log(3))).toBeCloseTo(Math.log(2), 12)
  expect(logDifference(-1000, -1001)).toBeCloseTo(-1000 + Math.log(1 - Math.exp(-1)), 10)
})
