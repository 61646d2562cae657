// Boxes and expected improvements against volumes, simulation and finite differences.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { undominatedBoxes } from '../../lib/search/box-decomposition.ts'
import { improvementGradient, logImprovement } from '../../lib/search/hypervolume-improvement.ts'
import { hypervolume } from '../../lib/search/index.ts'
import { Random } from '../../lib/tensor/random.ts'

const cube = (objectives: number) => new Array<number>(objectives).fill(0)
const front = (objectives: number, count: number, seed: number): number[][] => {
  const random = new Random(seed)
  // A grid makes ties.
  return Array.from({ length: count }, () => cube(objectives).map(() => random.integer(0, 12) / 12))
}

describe.each([1, 2, 3])('with %i objectives', (objectives) => {
  const reference = cube(objectives).map(() => 1)

  it('boxes fill what a front leaves of the volume, without overlap', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(), (count, seed) => {
        const points = front(objectives, count, seed)
        const { coordinates, boxes } = undominatedBoxes(points, reference)
        const volume = boxes.reduce((sum, { low, high }) => {
          const sides = low.map((l, k) => {
            const from = Math.max(coordinates[k]?.[l] as number, 0)
            return (coordinates[k]?.[high[k] as number] as number) - from
          })
          return sum + sides.reduce((a, b) => a * b, 1)
        }, 0)
        expect(volume).toBeCloseTo(1 - hypervolume(points, reference), 10)
        expect(boxes.length).toBeLessThanOrEqual(2 * count + 1)
      }),
      { numRuns: 60 },
    )
  })

  const points = front(objectives, 12, 5).map((point) => point.map((value) => 0.25 + value / 2))
  const means = [0.45, 0.3, 0.5].slice(0, objectives)
  const variances = [0.03, 0.02, 0.05].slice(0, objectives)

  it('the expected improvement is the mean of simulated ones', () => {
    const random = new Random(6)
    const before = hypervolume(points, reference)
    const runs = 20_000
    let [sum, squares] = [0, 0]
    for (let i = 0; i < runs; i++) {
      const drawn = means.map((mean, k) => random.normal(mean, Math.sqrt(variances[k] as number)))
      const gain = hypervolume([...points, drawn], reference) - before
      sum += gain
      squares += gain * gain
    }
    const mean = sum / runs
    const error = Math.sqrt((squares / runs - mean * mean) / runs)
    const exact = Math.exp(logImprovement(undominatedBoxes(points, reference), means, variances))
    expect(Math.abs(exact - mean)).toBeLessThan(4 * error)
  })

  it.each([1, 1e-4])('has the derivatives that finite differences confirm, variances times %d', (scale) => {
    const boxes = undominatedBoxes(points, reference)
    const spread = variances.map((variance) => variance * scale)
    const { value, byMean, byVariance } = improvementGradient(boxes, means, spread)
    expect(value).toBeCloseTo(logImprovement(boxes, means, spread), 10)
    means.forEach((_, k) => {
      const meanAt = (d: number) => logImprovement(boxes, means.with(k, (means[k] as number) + d), spread)
      const step = 1e-6
      const slope = (meanAt(step) - meanAt(-step)) / (2 * step)
      expect((byMean[k] as number) / slope).toBeCloseTo(1, 3)
      const small = (spread[k] as number) * 1e-4
      const at = (d: number) => logImprovement(boxes, means, spread.with(k, (spread[k] as number) + d))
      const bend = (at(small) - at(-small)) / (2 * small)
      if (Math.abs(bend) > 1e-3) expect((byVariance[k] as number) / bend).toBeCloseTo(1, 3)
    })
  })

  it('still tells better from worse where the improvement underflows', () => {
    const boxes = undominatedBoxes(points, reference)
    const tight = variances.map(() => 1e-6)
    const [near, far] = [0.97, 0.99].map((mean) =>
      logImprovement(
        boxes,
        cube(objectives).map(() => mean),
        tight,
      ),
    )
    expect(Math.exp(far as number)).toBe(0)
    expect(near).toBeGreaterThan(far as number)
    expect(far).toBeGreaterThan(Number.NEGATIVE_INFINITY)
  })
})

it('boxes are for three objectives at most', () => {
  expect(() => undominatedBoxes([], [1, 1, 1, 1])).toThrow('boxes are for at most 3 objectives, got 4')
})
