// The hypervolume after each of a sequence of points: the curve of a search.

import { hypervolume } from './hypervolume.ts'

const weaklyDominates = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, k) => value <= (b[k] as number))

/** Element i is the hypervolume of the first i + 1 points; computed anew only where a point changes the front. */
export function hypervolumeHistory(
  points: readonly (readonly number[])[],
  reference: readonly number[],
): number[] {
  let front: (readonly number[])[] = []
  let volume = 0
  return points.map((point) => {
    if (!front.some((other) => weaklyDominates(other, point))) {
      front = [...front.filter((other) => !weaklyDominates(point, other)), point]
      volume = hypervolume(front, reference)
    }
    return volume
  })
}

/** For every objective the worst of `points` and a tenth of their range more, so that the ends of a front count. */
export function referenceBeyond(points: readonly (readonly number[])[]): number[] {
  const objectives = points[0]?.length ?? 0
  return Array.from({ length: objectives }, (_, k) => {
    const values = points.map((point) => point[k] as number)
    const worst = values.reduce((a, b) => Math.max(a, b))
    const best = values.reduce((a, b) => Math.min(a, b))
    const margin = 0.1 * (worst - best)
    // A single value has no range, and must still lie below the reference to count.
    return worst + (margin || 0.1 * Math.abs(worst) || 1)
  })
}
