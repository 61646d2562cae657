// Gaussian processes against closed forms, finite differences and the calibration they promise.

import { describe, expect, it } from 'vitest'
import { Cholesky } from '../../lib/predict/cholesky.ts'
import { GaussianProcess } from '../../lib/predict/gaussian-process.ts'
import { logPosterior } from '../../lib/predict/marginal-likelihood.ts'
import { Random } from '../../lib/tensor/random.ts'

const points = (count: number, width: number, seed: number): number[][] => {
  const random = new Random(seed)
  return Array.from({ length: count }, () => Array.from({ length: width }, () => random.uniform()))
}

const matern = (r: number, signal: number): number =>
  signal * (1 + Math.sqrt(5) * r + (5 / 3) * r * r) * Math.exp(-Math.sqrt(5) * r)

describe('the factor of a covariance', () => {
  it.each([1, 2, 5, 31, 32, 33, 70, 130])('of order %i multiplies back, solves and inverts', (order) => {
    const random = new Random(order)
    const a = Float64Array.from({ length: order * order }, () => random.normal())
    const at = (matrix: Float64Array, i: number, j: number) => matrix[i * order + j] as number
    const product = (f: (i: number, p: number) => number, g: (p: number, j: number) => number) =>
      Float64Array.from({ length: order * order }, (_, n) => {
        let sum = 0
        for (let p = 0; p < order; p++) sum += f(Math.floor(n / order), p) * g(p, n % order)
        return sum
      })
    const matrix = product(
      (i, p) => at(a, p, i),
      (p, j) => at(a, p, j),
    ).map((value, n) => value + (n % (order + 1) === 0 ? 1 : 0))
    const factor = new Cholesky(matrix, order)
    expect(factor.jitter).toBe(0)
    const inverse = factor.inverse()
    const identity = product(
      (i, p) => at(matrix, i, p),
      (p, j) => at(inverse, p, j),
    )
    const columns = a.slice(0, order * Math.min(order, 7))
    const width = columns.length / order
    const solution = factor.solve(columns.slice())
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) expect(at(identity, i, j)).toBeCloseTo(i === j ? 1 : 0, 9)
      for (let c = 0; c < width; c++) {
        let sum = 0
        for (let p = 0; p < order; p++) sum += at(matrix, i, p) * (solution[p * width + c] as number)
        expect(sum).toBeCloseTo(columns[i * width + c] as number, 9)
      }
    }
  })

  it('takes jitter where points are twice there, and refuses what no jitter mends', () => {
    const twice = new Cholesky(Float64Array.of(1, 1, 1, 1), 2)
    expect(twice.jitter).toBeGreaterThan(0)
    expect(twice.jitter).toBeLessThan(1e-6)
    expect(() => new Cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow('`matrix` must be positive definite')
  })
})

describe('the prediction', () => {
  const hyperparameters = { signal: 1.7, noise: 0.1, lengthScales: [0.4] }

  it('after one and two observations is the closed form', () => {
    const [y1, y2] = [-1, 1] // already standardised
    const k = matern(0.5 / 0.4, 1.7)
    const [c1, c2] = [matern(0.3 / 0.4, 1.7), matern(0.2 / 0.4, 1.7)]
    const d = 1.8
    const determinant = d * d - k * k
    const mean = (c1 * (d * y1 - k * y2) + c2 * (d * y2 - k * y1)) / determinant
    const variance = 1.7 - (c1 * (d * c1 - k * c2) + c2 * (d * c2 - k * c1)) / determinant
    const process = GaussianProcess.fit([[0], [0.5]], [y1, y2], { hyperparameters })
    const prediction = process.predict([[0.3]])
    expect(prediction.mean[0]).toBeCloseTo(mean, 12)
    expect(prediction.variance[0]).toBeCloseTo(variance, 12)
  })

  it('knows no unit and no origin', () => {
    const inputs = points(12, 3, 1)
    const targets = inputs.map(([a = 0, b = 0, c = 0]) => Math.sin(3 * a) + b * c)
    const [plain, other] = [targets, targets.map((y) => 1e9 + 1e6 * y)].map((y) =>
      GaussianProcess.fit(inputs, y).predict(points(5, 3, 2)),
    )
    other?.mean.forEach((mean, i) => {
      expect((mean - 1e9) / 1e6).toBeCloseTo(plain?.mean[i] as number, 4)
      expect((other.variance[i] as number) / 1e12).toBeCloseTo(plain?.variance[i] as number, 4)
    })
  })

  it('takes a single observation, and targets that are all alike', () => {
    expect(GaussianProcess.fit([[0.5]], [3]).predict([[0.1]]).mean[0]).toBeCloseTo(3, 12)
    const { mean } = GaussianProcess.fit(points(9, 2, 3), new Array(9).fill(7)).predict([[0.1, 0.2]])
    expect(mean[0]).toBeCloseTo(7, 9)
  })

  it('has gradients that finite differences confirm, in every world', () => {
    const inputs = points(15, 3, 4)
    const process = GaussianProcess.fit(
      inputs,
      inputs.map(([a = 0, b = 0, c = 0]) => 5 + Math.sin(4 * a) + b * b - c),
      { groups: [0, 1, 1] },
    ).condition([[0.2, 0.4, 0.6]], [[5], [7]])
    const at = [0.31, 0.62, 0.17]
    const { meanGradient, varianceGradient } = process.predictGradient(at)
    const step = 1e-5
    for (let c = 0; c < 3; c++) {
      const [low, high] = [-step, step].map((d) => process.predict([at.map((x, i) => (i === c ? x + d : x))]))
      const slope = (field: 'mean' | 'variance', i: number) =>
        ((high?.[field][i] as number) - (low?.[field][i] as number)) / (2 * step)
      expect(meanGradient[c]).toBeCloseTo(slope('mean', 0), 6)
      expect(meanGradient[3 + c]).toBeCloseTo(slope('mean', 1), 6)
      expect(varianceGradient[c]).toBeCloseTo(slope('variance', 0), 6)
    }
  })

  it('conditioned on more is the process that saw it all', () => {
    const inputs = points(10, 2, 5)
    const targets = inputs.map(([a = 0, b = 0]) => a - b)
    const all = GaussianProcess.fit([...inputs, [0.5, 0.5]], [...targets, 0.3], {
      hyperparameters: { signal: 1, noise: 0.01, lengthScales: [0.5, 0.7] },
    })
    const some = GaussianProcess.fit(inputs, targets, {
      hyperparameters: { signal: 1, noise: 0.01, lengthScales: [0.5, 0.7] },
    }).condition([[0.5, 0.5]], [[0.3]])
    // Standardised by other numbers, so that only the shape agrees, and that nearly.
    expect(some.predict([[0.45, 0.5]]).mean[0]).toBeCloseTo(all.predict([[0.45, 0.5]]).mean[0] as number, 2)
  })

  it('draws functions with its own mean and covariance', () => {
    const process = GaussianProcess.fit([[0], [1]], [-1, 1], {
      hyperparameters: { signal: 1, noise: 1e-6, lengthScales: [0.5] },
    })
    const at = [[0.4], [0.5]]
    const draws = process.sample(at, 4000, new Random(6))
    const { mean, variance } = process.predict(at)
    for (const i of [0, 1]) {
      const values = draws.map((draw) => draw[i] as number)
      const average = values.reduce((a, b) => a + b) / values.length
      const spread = values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length
      expect(average).toBeCloseTo(mean[i] as number, 1)
      expect(spread / (variance[i] as number)).toBeCloseTo(1, 1)
    }
    const product = draws.reduce(
      (sum, draw) =>
        sum + ((draw[0] as number) - (mean[0] as number)) * ((draw[1] as number) - (mean[1] as number)),
      0,
    )
    const correlation = product / draws.length / Math.sqrt((variance[0] as number) * (variance[1] as number))
    expect(correlation).toBeGreaterThan(0.9)
  })

  it('keeps nine tenths of new values within its nine tenths, and finds the columns that matter', () => {
    let [inside, total] = [0, 0]
    for (let seed = 0; seed < 4; seed++) {
      const value = ([a = 0, b = 0]: number[]) => Math.sin(5 * a + seed) + 0.5 * Math.cos(4 * b)
      const random = new Random(50 + seed)
      const inputs = points(40, 4, 20 + seed)
      const process = GaussianProcess.fit(
        inputs,
        inputs.map((point) => value(point) + 0.1 * random.normal()),
      )
      const [a = 0, b = 0, c = 0, d = 0] = process.hyperparameters.lengthScales
      expect(Math.max(a, b)).toBeLessThan(Math.min(c, d))
      const tests = points(200, 4, 30 + seed)
      const { mean, variance } = process.predict(tests)
      tests.forEach((point, i) => {
        total++
        if (Math.abs(value(point) - (mean[i] as number)) < 1.645 * Math.sqrt(variance[i] as number)) inside++
      })
    }
    expect(inside / total).toBeGreaterThan(0.8)
    expect(inside / total).toBeLessThan(0.98)
  })
})

describe('the marginal likelihood', () => {
  it('tells noise from the function', () => {
    const random = new Random(12)
    const inputs = points(80, 1, 11)
    const noisy = inputs.map(([a = 0]) => Math.sin(6 * a) + 0.2 * random.normal())
    expect(GaussianProcess.fit(inputs, noisy).noise).toBeCloseTo(0.2, 1)
    const exact = inputs.map(([a = 0]) => Math.sin(6 * a))
    expect(GaussianProcess.fit(inputs, exact).noise).toBeLessThan(0.01)
  })

  it('has the gradient that finite differences confirm', () => {
    const random = new Random(9)
    const inputs = points(20, 4, 8)
    const data = {
      x: Float64Array.from(inputs.flat()),
      y: Float64Array.from(inputs, ([a = 0]) => Math.sin(6 * a) + 0.1 * random.normal()),
      groups: Int32Array.of(0, 1, 1, 2),
    }
    const theta = Float64Array.of(0.3, -3, -1, 0.4, 0.2)
    const gradient = new Float64Array(5)
    logPosterior(data, theta, gradient)
    theta.forEach((value, i) => {
      const at = (d: number) => logPosterior(data, theta.with(i, value + d), new Float64Array(5))
      expect(gradient[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5)
    })
  })
})

it('names what is wrong with its arguments', () => {
  expect(() => GaussianProcess.fit([], [])).toThrow('`inputs` must hold at least one point')
  expect(() => GaussianProcess.fit([[1]], [1, 2])).toThrow(
    '`targets` must have one element per input, 1, got 2',
  )
  expect(() => GaussianProcess.fit([[1], [1, 2]], [1, 2])).toThrow('`inputs[1]` must be 1 finite numbers')
  expect(() => GaussianProcess.fit([[1]], [Number.NaN])).toThrow(
    '`targets[0]` must be a finite number, got NaN',
  )
  expect(() => GaussianProcess.fit([[1]], [1], { groups: [0, 1] })).toThrow(
    '`groups` must have one element per column',
  )
})
