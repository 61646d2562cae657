// A Gaussian process: what to believe of a smooth function after some of its values (Rasmussen & Williams 2006,
// chapter 2), with the covariance of matern.ts. Inputs are encoded configurations, about as wide as [0, 1].
//
//   x       (count, width)    inputs
//   y       (count, worlds)   standardised targets; several columns are alternative worlds over the same inputs
//   K       k(x, x) + σ² I = Uᵀ U
//   α       K⁻¹ y
//   mean    k(x*, x) α
//   var     s² − |Uᵀ⁻¹ k(x, x*)|², of the function, without the noise of an observation

import type { Random } from '../tensor/random.ts'
import { Cholesky } from './cholesky.ts'
import { fitHyperparameters, type Hyperparameters } from './marginal-likelihood.ts'
import { covariance, covarianceGradient, crossCovariance, flat, scaled } from './matern.ts'

export type { Hyperparameters }

export interface GaussianProcessOptions {
  /** For every column of the inputs, whose length scale it shares, from 0 on; by default each has its own. */
  readonly groups?: readonly number[]
  /** Taken as they are; by default the most probable ones are searched for. */
  readonly hyperparameters?: Hyperparameters
}

export interface Prediction {
  /** (points, worlds), row by row; one world unless targets were given in several. */
  readonly mean: Float64Array
  /** (points), of the function. */
  readonly variance: Float64Array
}

/** Hyper-parameters are learnt from so many observations, evenly spread over all: more change them little. */
const learntFrom = 128
const learningSteps = 40

interface Standard {
  readonly mean: number
  readonly deviation: number
}

function standardOf(targets: readonly number[]): Standard {
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length
  const variance = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0) / targets.length
  // Targets that are all alike leave any scale: take theirs, lest rounding be blown up.
  const flatBelow = 1e-12 * Math.max(Math.abs(mean), Number.MIN_VALUE)
  const deviation = Math.sqrt(variance)
  return { mean, deviation: deviation > flatBelow ? deviation : Math.abs(mean) || 1 }
}

export class GaussianProcess {
  readonly hyperparameters: Hyperparameters
  private readonly x_: Float64Array
  private readonly z_: Float64Array
  private readonly y_: Float64Array
  private readonly worlds_: number
  private readonly groups_: Int32Array
  private readonly standard_: Standard
  private readonly factor_: Cholesky
  private readonly alpha_: Float64Array

  private constructor(
    x: Float64Array,
    y: Float64Array,
    worlds: number,
    groups: Int32Array,
    standard: Standard,
    hyperparameters: Hyperparameters,
  ) {
    this.x_ = x
    this.y_ = y
    this.worlds_ = worlds
    this.groups_ = groups
    this.standard_ = standard
    this.hyperparameters = hyperparameters
    const { signal, noise, lengthScales } = hyperparameters
    this.z_ = scaled(x, groups, lengthScales)
    const { k } = covariance(this.z_, groups.length, signal)
    const count = x.length / groups.length
    for (let i = 0; i < count; i++) k[i * count + i] = signal + noise
    this.factor_ = new Cholesky(k, count)
    this.alpha_ = this.factor_.solve(y.slice())
  }

  /**
   * The process that has seen `targets` at `inputs`. Targets are standardised inside: their unit and origin do not matter.
   *
   * @param inputs at least one, all of one length
   * @param targets one finite number per input
   * @throws RangeError for inputs or targets of other lengths or that are not finite
   */
  static fit(
    inputs: readonly (readonly number[])[],
    targets: readonly number[],
    { groups, hyperparameters }: GaussianProcessOptions = {},
  ): GaussianProcess {
    const width = inputs[0]?.length ?? 0
    if (width === 0) throw new RangeError('`inputs` must hold at least one point with at least one number')
    if (targets.length !== inputs.length)
      throw new RangeError(
        `\`targets\` must have one element per input, ${inputs.length}, got ${targets.length}`,
      )
    const broken = inputs.findIndex((point) => point.length !== width || !point.every(Number.isFinite))
    if (broken >= 0) throw new RangeError(`\`inputs[${broken}]\` must be ${width} finite numbers`)
    const wrong = targets.findIndex((target) => !Number.isFinite(target))
    if (wrong >= 0)
      throw new RangeError(`\`targets[${wrong}]\` must be a finite number, got ${targets[wrong]}`)
    if (groups && groups.length !== width)
      throw new RangeError(`\`groups\` must have one element per column, ${width}, got ${groups.length}`)

    const shared = Int32Array.from(groups ?? Array.from({ length: width }, (_, c) => c))
    const standard = standardOf(targets)
    const y = Float64Array.from(targets, (target) => (target - standard.mean) / standard.deviation)
    const used = Math.min(inputs.length, learntFrom)
    const spread = Array.from({ length: used }, (_, i) => Math.floor(((i + 0.5) * inputs.length) / used))
    const learnt =
      hyperparameters ??
      fitHyperparameters(
        {
          x: flat(
            spread.map((i) => inputs[i] as readonly number[]),
            width,
          ),
          y: Float64Array.from(spread, (i) => y[i] as number),
          groups: shared,
        },
        learningSteps,
      )
    return new GaussianProcess(flat(inputs, width), y, 1, shared, standard, learnt)
  }

  /** Standard deviation of the targets: the unit in which the process thinks. */
  get unit(): number {
    return this.standard_.deviation
  }

  /** Standard deviation of an observation around the function, in the unit of the targets. */
  get noise(): number {
    return this.standard_.deviation * Math.sqrt(this.hyperparameters.noise)
  }

  private get width(): number {
    return this.groups_.length
  }

  private scale(points: readonly (readonly number[])[]): Float64Array {
    return scaled(flat(points, this.width), this.groups_, this.hyperparameters.lengthScales)
  }

  private mean(k: Float64Array, points: number): Float64Array {
    // k is (count, points)
    const { worlds_: worlds, alpha_: alpha } = this
    const mean = new Float64Array(points * worlds)
    for (let i = 0; i < this.factor_.order; i++)
      for (let w = 0; w < worlds; w++) {
        const weight = alpha[i * worlds + w] as number
        for (let p = 0; p < points; p++)
          mean[p * worlds + w] = (mean[p * worlds + w] as number) + weight * (k[i * points + p] as number)
      }
    return mean.map((value) => this.standard_.mean + this.standard_.deviation * value)
  }

  /** Mean and variance of the function at some points, in the unit of the targets. */
  predict(points: readonly (readonly number[])[]): Prediction {
    const { signal } = this.hyperparameters
    const k = crossCovariance(this.z_, this.scale(points), this.width, signal)
    const mean = this.mean(k, points.length)
    const white = this.factor_.whiten(k)
    const variance = new Float64Array(points.length).fill(signal)
    for (let i = 0; i < this.factor_.order; i++)
      for (let p = 0; p < points.length; p++) {
        const part = white[i * points.length + p] as number
        variance[p] = (variance[p] as number) - part * part
      }
    // Rounding may leave less than nothing beside an observation.
    return { mean, variance: variance.map((value) => this.standard_.deviation ** 2 * Math.max(value, 1e-12)) }
  }

  /**
   * {@link predict} at one point with the derivatives by its coordinates.
   *
   * @returns `meanGradient` (worlds, width), `varianceGradient` (width)
   */
  predictGradient(
    point: readonly number[],
  ): Prediction & { readonly meanGradient: Float64Array; readonly varianceGradient: Float64Array } {
    const { signal, lengthScales } = this.hyperparameters
    const { worlds_: worlds, width } = this
    const { deviation } = this.standard_
    const z = this.scale([point])
    const weights = this.factor_.solve(crossCovariance(this.z_, z, width, signal))
    const gradient = covarianceGradient(z, this.z_, this.groups_, lengthScales, signal)
    const meanGradient = new Float64Array(worlds * width)
    const varianceGradient = new Float64Array(width)
    for (let i = 0; i < this.factor_.order; i++)
      for (let c = 0; c < width; c++) {
        const slope = gradient[i * width + c] as number
        varianceGradient[c] =
          (varianceGradient[c] as number) - 2 * deviation ** 2 * (weights[i] as number) * slope
        for (let w = 0; w < worlds; w++)
          meanGradient[w * width + c] =
            (meanGradient[w * width + c] as number) +
            deviation * (this.alpha_[i * worlds + w] as number) * slope
      }
    return { ...this.predict([point]), meanGradient, varianceGradient }
  }

  /** Draws of the function at some points together, one array per draw. */
  sample(points: readonly (readonly number[])[], count: number, random: Random): Float64Array[] {
    const { signal } = this.hyperparameters
    const z = this.scale(points)
    const k = crossCovariance(this.z_, z, this.width, signal)
    const mean = this.mean(k, points.length)
    const white = this.factor_.whiten(k)
    const { k: joint } = covariance(z, this.width, signal)
    const n = points.length
    for (let row = 0; row < this.factor_.order; row++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          joint[i * n + j] =
            (joint[i * n + j] as number) - (white[row * n + i] as number) * (white[row * n + j] as number)
    // Where all is known nothing is left to factor.
    for (let i = 0; i < n; i++) joint[i * n + i] = Math.max(joint[i * n + i] as number, 0) + 1e-12
    const spread = new Cholesky(joint, n)
    return Array.from({ length: count }, () => {
      const drawn = spread.colour(Float64Array.from({ length: n }, () => random.normal()))
      return drawn.map((value, i) => (mean[i * this.worlds_] as number) + this.standard_.deviation * value)
    })
  }

  /**
   * The process that has also seen `worlds`, each one target per point: with several, its means are one per world. The
   * hyper-parameters stay.
   */
  condition(points: readonly (readonly number[])[], worlds: readonly ArrayLike<number>[]): GaussianProcess {
    if (this.worlds_ !== 1) throw new RangeError('a process of several worlds cannot be conditioned again')
    const { mean, deviation } = this.standard_
    const x = new Float64Array(this.x_.length + points.length * this.width)
    x.set(this.x_)
    x.set(flat(points, this.width), this.x_.length)
    const count = this.y_.length
    const y = new Float64Array((count + points.length) * worlds.length)
    worlds.forEach((targets, w) => {
      for (let i = 0; i < count; i++) y[i * worlds.length + w] = this.y_[i] as number
      for (let i = 0; i < points.length; i++)
        y[(count + i) * worlds.length + w] = ((targets[i] as number) - mean) / deviation
    })
    return new GaussianProcess(x, y, worlds.length, this.groups_, this.standard_, this.hyperparameters)
  }
}
