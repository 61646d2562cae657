// The improvement that a configuration promises over what is known, as an acquisition: log EHVI of the modelled
// quantities times the probability that constraints are met, averaged over what open trials may come to.

import type { GaussianProcess } from '../predict/gaussian-process.ts'
import { logNormalCdf, logSum } from '../predict/normal.ts'
import type { Random } from '../tensor/random.ts'
import type { Acquisition } from './acquisition-search.ts'
import { type Decomposition, undominatedBoxes } from './box-decomposition.ts'
import { improvementGradient, logImprovement } from './hypervolume-improvement.ts'

export interface ImprovementOptions {
  /** Of the quantities, then of the constraints. */
  readonly models: readonly GaussianProcess[]
  readonly quantities: number
  /** Encoded open configurations. */
  readonly pending: readonly (readonly number[])[]
  /** What meets all constraints so far, as quantities; empty where nothing does. */
  readonly known: readonly (readonly number[])[]
  /** Undefined while nothing meets the constraints: then only they count. */
  readonly reference: readonly number[] | undefined
  readonly random: Random
}

/** Ways that open trials may come out. */
const imagined = 8

/** Models that have seen the open trials come out in several ways, and the boxes that are left in each. */
function imagine({ models, quantities, pending, known, reference, random }: ImprovementOptions): {
  models: readonly GaussianProcess[]
  worlds: readonly (Decomposition | undefined)[]
} {
  const inUnits = (point: readonly number[]) =>
    point.map((value, k) => value / (models[k] as GaussianProcess).unit)
  const boxes = (points: readonly (readonly number[])[]) =>
    reference && undominatedBoxes(points.map(inUnits), inUnits(reference))
  if (pending.length === 0) return { models, worlds: [boxes(known)] }
  const drawn = models.map((model) => model.sample(pending, imagined, random))
  const worlds = Array.from({ length: imagined }, (_, w) => {
    const outcomes = pending.map((_, p) => drawn.map((draws) => draws[w]?.[p] as number))
    const met = outcomes.filter((outcome) => outcome.slice(quantities).every((value) => value <= 0))
    return boxes([...known, ...met.map((outcome) => outcome.slice(0, quantities))])
  })
  return { models: models.map((model, i) => model.condition(pending, drawn[i] as Float64Array[])), worlds }
}

export function improvementAcquisition(options: ImprovementOptions): Acquisition {
  const { quantities } = options
  const { models, worlds } = imagine(options)
  // In units of the targets' spread, so that no unit of measurement changes a bit of the result.
  const units = models.map(({ unit }) => unit)
  const scaled = (values: ArrayLike<number>, unit: number) => Array.from(values, (value) => value / unit)

  return {
    values(points) {
      if (points.length === 0) return []
      const predictions = models.map((model, k) => {
        const { mean, variance } = model.predict(points)
        const unit = units[k] as number
        return { mean: scaled(mean, unit), variance: scaled(variance, unit * unit) }
      })
      return points.map((_, p) =>
        logSum(
          worlds.map((boxes, w) => {
            const means = predictions.map(({ mean }) => mean[p * worlds.length + w] as number)
            const variances = predictions.map(({ variance }) => variance[p] as number)
            let value = boxes
              ? logImprovement(boxes, means.slice(0, quantities), variances.slice(0, quantities))
              : 0
            for (let c = quantities; c < models.length; c++)
              value += logNormalCdf(-(means[c] as number) / Math.sqrt(variances[c] as number))
            return value
          }),
        ),
      )
    },

    gradient(point) {
      const predictions = models.map((model, k) => {
        const { mean, variance, meanGradient, varianceGradient } = model.predictGradient(point)
        const unit = units[k] as number
        return {
          mean: scaled(mean, unit),
          variance: scaled(variance, unit * unit),
          meanGradient: scaled(meanGradient, unit),
          varianceGradient: scaled(varianceGradient, unit * unit),
        }
      })
      const variances = predictions.map(({ variance }) => variance[0] as number)
      const width = point.length
      const parts = worlds.map((boxes, w) => {
        const means = predictions.map(({ mean }) => mean[w] as number)
        const improvement = boxes
          ? improvementGradient(boxes, means.slice(0, quantities), variances.slice(0, quantities))
          : { value: 0, byMean: means.map(() => 0), byVariance: means.map(() => 0) }
        let { value } = improvement
        const byMean = improvement.byMean.slice(0, quantities)
        const byVariance = improvement.byVariance.slice(0, quantities)
        for (let c = quantities; c < models.length; c++) {
          const deviation = Math.sqrt(variances[c] as number)
          const z = -(means[c] as number) / deviation
          const log = logNormalCdf(z)
          const ratio = Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - log)
          value += log
          byMean.push(-ratio / deviation)
          byVariance.push((-ratio * z) / (2 * deviation ** 2))
        }
        return { value, byMean, byVariance }
      })
      const value = logSum(parts.map((part) => part.value))
      const gradient = new Float64Array(width)
      parts.forEach((part, w) => {
        const weight = Math.exp(part.value - value)
        predictions.forEach(({ meanGradient, varianceGradient }, k) => {
          for (let c = 0; c < width; c++)
            gradient[c] =
              (gradient[c] as number) +
              weight *
                ((part.byMean[k] as number) * (meanGradient[w * width + c] as number) +
                  (part.byVariance[k] as number) * (varianceGradient[c] as number))
        })
      })
      return { value, gradient }
    },
  }
}
