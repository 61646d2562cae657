// Objectives in a common unit, without which a second and a byte would be summed as they are.

import type { Points } from './points.ts'

/** The best and the worst value of an objective. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** The range of every objective over points, of which there is at least one. */
export function rangesOf(points: Points): Range[] {
  const [first = []] = points
  return first.map((_, k) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const point of points) {
      low = Math.min(low, point[k] as number)
      high = Math.max(high, point[k] as number)
    }
    return { low, high }
  })
}

/** A point with every range as the unit interval; an objective without extent is 0. */
export function scaled(point: readonly number[], ranges: readonly Range[]): number[] {
  return ranges.map(({ low, high }, k) => (high > low ? ((point[k] as number) - low) / (high - low) : 0))
}
