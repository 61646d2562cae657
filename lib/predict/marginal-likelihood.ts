// What the data say about the hyper-parameters of a Gaussian process: the logarithm of their posterior density and its
// gradient (Rasmussen & Williams 2006, equations 5.8 and 5.9), and its maximum.
//
//   θ   (2 + groups)   log s², log σ², log ℓ
//   y   (count)        targets, standardised
//   K   k + σ² I
//   α   K⁻¹ y
//   W   α αᵀ − K⁻¹, so that ∂ log p(y) / ∂θ = ½ Σ W ∂K/∂θ

import { Cholesky } from './cholesky.ts'
import { minimise } from './lbfgs.ts'
import { covariance, scaled } from './matern.ts'

export interface Hyperparameters {
  /** s², the variance of the function, in units of the targets' variance. */
  readonly signal: number
  /** σ², the variance of an observation around the function, in the same unit. */
  readonly noise: number
  /** ℓ, one per group. */
  readonly lengthScales: readonly number[]
}

interface Prior {
  /** Of the logarithm; normal. */
  readonly centre: number
  readonly deviation: number
  readonly low: number
  readonly high: number
}

/**
 * Wide priors keep few points from settling anything, bounds keep the matrix from collapsing. Distances in the unit
 * cube grow with the root of its dimensions, and so does the length scale expected (Hvarfner, Hellsten & Nardi 2024).
 */
function priors(groups: number): Prior[] {
  const signal = { centre: 0, deviation: 1.5, low: Math.log(0.05), high: Math.log(1e3) }
  const noise = { centre: Math.log(1e-3), deviation: 2, low: Math.log(1e-6), high: 0 }
  const lengthScale = {
    centre: Math.log(0.25 * Math.sqrt(groups)),
    deviation: Math.sqrt(3),
    low: Math.log(0.02),
    high: Math.log(1e3),
  }
  return [signal, noise, ...new Array<Prior>(groups).fill(lengthScale)]
}

export interface TrainingData {
  /** (count, width), row by row. */
  readonly x: Float64Array
  /** (count) */
  readonly y: Float64Array
  /** (width), the group of every column. */
  readonly groups: Int32Array
}

/** log p(y | θ) + log p(θ) up to a constant of θ; adds ∂/∂θ to `gradient`. -∞ where the matrix has no factor. */
export function logPosterior(data: TrainingData, theta: Float64Array, gradient: Float64Array): number {
  const { x, y, groups } = data
  const [count, width] = [y.length, groups.length]
  const [signal, noise, ...lengthScales] = Array.from(theta, Math.exp) as [number, number, ...number[]]
  const z = scaled(x, groups, lengthScales)
  const { k, slope } = covariance(z, width, signal)
  for (let i = 0; i < count; i++) k[i * count + i] = signal + noise
  let factor: Cholesky
  try {
    factor = new Cholesky(k, count)
  } catch {
    return Number.NEGATIVE_INFINITY
  }
  const alpha = factor.solve(y.slice())
  const inverse = factor.inverse()

  // ∂/∂ℓ of column c is Σ V (z − z′)² / 2 with V = W slope, which Σ z² (V 1) − zᵀ V z is without a third loop.
  let [bySignal, trace] = [0, 0]
  const byColumn = new Float64Array(width)
  const row = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    let sum = 0
    row.fill(0)
    for (let j = 0; j < count; j++) {
      const w = (alpha[i] as number) * (alpha[j] as number) - (inverse[i * count + j] as number)
      bySignal += w * (k[i * count + j] as number)
      const v = w * (slope[i * count + j] as number)
      sum += v
      for (let c = 0; c < width; c++) row[c] = (row[c] as number) + v * (z[j * width + c] as number)
    }
    trace += (alpha[i] as number) ** 2 - (inverse[i * count + i] as number)
    for (let c = 0; c < width; c++) {
      const at = z[i * width + c] as number
      byColumn[c] = (byColumn[c] as number) + at * (at * sum - (row[c] as number))
    }
  }
  gradient[0] = (gradient[0] as number) + (bySignal - noise * trace) / 2
  gradient[1] = (gradient[1] as number) + (noise * trace) / 2
  groups.forEach((group, c) => {
    gradient[2 + group] = (gradient[2 + group] as number) + (byColumn[c] as number)
  })

  let fit = 0
  for (let i = 0; i < count; i++) fit += (y[i] as number) * (alpha[i] as number)
  let value = -fit / 2 - factor.halfLogDeterminant - (count / 2) * Math.log(2 * Math.PI)
  priors(lengthScales.length).forEach(({ centre, deviation }, i) => {
    const away = ((theta[i] as number) - centre) / deviation
    value -= (away * away) / 2
    gradient[i] = (gradient[i] as number) - away / deviation
  })
  return value
}

/** The most probable hyper-parameters, from the centre of the priors. */
export function fitHyperparameters(data: TrainingData, iterations: number): Hyperparameters {
  const groups = data.groups.reduce((most, group) => Math.max(most, group + 1), 0)
  const bounds = priors(groups)
  const { x } = minimise(
    (theta, gradient) => {
      gradient.fill(0)
      const value = -logPosterior(data, theta, gradient)
      for (let i = 0; i < gradient.length; i++) gradient[i] = -(gradient[i] as number)
      return value
    },
    bounds.map(({ centre }) => centre),
    {
      lower: bounds.map(({ low }) => low),
      upper: bounds.map(({ high }) => high),
      iterations,
      tolerance: 1e-5,
    },
  )
  const [signal, noise, ...lengthScales] = Array.from(x, Math.exp) as [number, number, ...number[]]
  return { signal, noise, lengthScales }
}
