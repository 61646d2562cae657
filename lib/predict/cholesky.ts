// Factors of covariance matrices, and what is done when rounding has made one indefinite.

import { addon } from '../native/load.ts'

/** Tried in turns, as shares of the mean of the diagonal: from rounding alone up to noise that can be seen. */
const jitters = [0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4]

/** Upper triangular U with Uᵀ U = matrix + jitter. */
export class Cholesky {
  readonly order: number
  /** What was added to the diagonal. */
  readonly jitter: number
  private readonly factor_: Float64Array

  /**
   * @param matrix (order, order), symmetric
   * @throws RangeError when it is not positive definite, not even with a ten-thousandth more on its diagonal
   */
  constructor(matrix: Float64Array, order: number) {
    this.order = order
    let trace = 0
    for (let i = 0; i < order; i++) trace += matrix[i * order + i] as number
    for (const share of jitters) {
      const jitter = (share * trace) / Math.max(order, 1)
      const factor = matrix.slice()
      for (let i = 0; i < order; i++) factor[i * order + i] = (factor[i * order + i] as number) + jitter
      if (addon.choleskyFactor(factor, order) < order) continue
      this.jitter = jitter
      this.factor_ = factor
      return
    }
    throw new RangeError('`matrix` must be positive definite')
  }

  /** ½ log det, the sum of the logarithms of the diagonal of U. */
  get halfLogDeterminant(): number {
    let sum = 0
    for (let i = 0; i < this.order; i++) sum += Math.log(this.factor_[i * this.order + i] as number)
    return sum
  }

  /** Uᵀ⁻¹ columns, in place; `columns` is (order, count). */
  whiten(columns: Float64Array): Float64Array {
    addon.solveTransposed(this.factor_, this.order, columns)
    return columns
  }

  /** matrix⁻¹ columns, in place. */
  solve(columns: Float64Array): Float64Array {
    addon.solveTransposed(this.factor_, this.order, columns)
    addon.solveFactor(this.factor_, this.order, columns)
    return columns
  }

  inverse(): Float64Array {
    return addon.inverseOfFactored(this.factor_, this.order)
  }

  /** Uᵀ z: with z standard normal, a draw with covariance `matrix`. */
  colour(z: Float64Array): Float64Array {
    const { order } = this
    const drawn = new Float64Array(order)
    for (let i = 0; i < order; i++)
      for (let j = i; j < order; j++)
        drawn[j] = (drawn[j] as number) + (this.factor_[i * order + j] as number) * (z[i] as number)
    return drawn
  }
}
