// The expected hypervolume improvement of a point whose objectives are independent normal numbers, exact, and as a
// logarithm that does not underflow where all hope is small (after Daulton, Balandat & Bakshy 2020 and Ament et al. 2023).
//
//   µ, σ   mean and standard deviation of an objective
//   G(t)   ∫ P(objective ≤ s) ds up to t, which is σ h((t − µ) / σ)
//   EHVI   Σ over undominated boxes Π over objectives G(high) − G(low)
//
// With one objective it is the expected improvement.

import { logDifference, logExpectedShortfall, logNormalCdf, logSum } from '../predict/normal.ts'
import type { Decomposition } from './box-decomposition.ts'

export interface Improvement {
  /** log EHVI */
  readonly value: number
  /** ∂/∂µ and ∂/∂σ², one per objective. */
  readonly byMean: readonly number[]
  readonly byVariance: readonly number[]
}

/** log G at every coordinate. */
function logIntegrals(coordinates: readonly number[], mean: number, deviation: number): Float64Array {
  const scale = Math.log(deviation)
  return Float64Array.from(coordinates, (t) =>
    t === Number.NEGATIVE_INFINITY ? t : scale + logExpectedShortfall((t - mean) / deviation),
  )
}

function logBoxes({ boxes }: Decomposition, integrals: readonly Float64Array[]): Float64Array {
  return Float64Array.from(boxes, ({ low, high }) => {
    let sum = 0
    integrals.forEach((g, k) => {
      const [below, above] = [g[low[k] as number] as number, g[high[k] as number] as number]
      sum += below === Number.NEGATIVE_INFINITY ? above : logDifference(above, below)
    })
    return sum
  })
}

/** log EHVI alone. */
export function logImprovement(
  decomposition: Decomposition,
  means: readonly number[],
  variances: readonly number[],
): number {
  const integrals = decomposition.coordinates.map((list, k) =>
    logIntegrals(list, means[k] as number, Math.sqrt(variances[k] as number)),
  )
  return logSum(logBoxes(decomposition, integrals))
}

/** log EHVI with its derivatives. */
export function improvementGradient(
  decomposition: Decomposition,
  means: readonly number[],
  variances: readonly number[],
): Improvement {
  const { coordinates, boxes } = decomposition
  const deviations = variances.map(Math.sqrt)
  const integrals = coordinates.map((list, k) =>
    logIntegrals(list, means[k] as number, deviations[k] as number),
  )
  const shares = logBoxes(decomposition, integrals)
  const value = logSum(shares)
  const byMean = means.map(() => 0)
  const byVariance = means.map(() => 0)
  boxes.forEach(({ low, high }, b) => {
    const weight = Math.exp((shares[b] as number) - value)
    integrals.forEach((g, k) => {
      const [mean, deviation] = [means[k] as number, deviations[k] as number]
      const z = (place: number) => ((coordinates[k]?.[place] as number) - mean) / deviation
      const [zLow, zHigh] = [z(low[k] as number), z(high[k] as number)]
      const [below, above] = [g[low[k] as number] as number, g[high[k] as number] as number]
      const size = below === Number.NEGATIVE_INFINITY ? above : logDifference(above, below)
      // ∂G/∂µ = −Φ(z), ∂G/∂σ = φ(z), over the side's own integral.
      const mass =
        zLow === Number.NEGATIVE_INFINITY
          ? logNormalCdf(zHigh)
          : logDifference(logNormalCdf(zHigh), logNormalCdf(zLow))
      const density = (at: number) =>
        at === Number.NEGATIVE_INFINITY ? 0 : Math.exp(-0.5 * at * at - 0.5 * Math.log(2 * Math.PI) - size)
      byMean[k] = (byMean[k] as number) - weight * Math.exp(mass - size)
      byVariance[k] =
        (byVariance[k] as number) + (weight * (density(zHigh) - density(zLow))) / (2 * deviation)
    })
  })
  return { value, byMean, byVariance }
}
