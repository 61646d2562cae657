// The minimiser behind hyper-parameters and acquisitions.

import { expect, it } from 'vitest'
import { minimise } from '../../lib/predict/lbfgs.ts'

const wide = { lower: [-10, -10], upper: [10, 10], iterations: 200, tolerance: 1e-14 }

function rosenbrock(x: Float64Array, gradient: Float64Array): number {
  const [a, b] = x as unknown as [number, number]
  gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a)
  gradient[1] = 200 * (b - a * a)
  return (1 - a) ** 2 + 100 * (b - a * a) ** 2
}

it('comes to the bottom of a curved valley', () => {
  const { x, value } = minimise(rosenbrock, [-1.2, 1], wide)
  expect(value).toBeLessThan(1e-10)
  expect(x[0]).toBeCloseTo(1, 4)
  expect(x[1]).toBeCloseTo(1, 4)
})

it('stays within bounds, and slides along them', () => {
  const { x } = minimise(rosenbrock, [-1.2, 1], { ...wide, upper: [0.5, 10] })
  expect(x[0]).toBe(0.5)
  expect(x[1]).toBeCloseTo(0.25, 5)
})

it('turns back from where there is no value', () => {
  const { x } = minimise(
    (at, gradient) => {
      const [a = 0] = at
      gradient[0] = 1 - 1 / a
      return a > 0 ? a - Math.log(a) : Number.NaN
    },
    [0.01],
    { lower: [-5], upper: [5], tolerance: 1e-14 },
  )
  expect(x[0]).toBeCloseTo(1, 5)
})
