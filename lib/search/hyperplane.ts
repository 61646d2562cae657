// Where a front meets the axes (Deb & Jain 2014, section IV-C): the scale on which NSGA-III compares objectives.
//
//   ideal     best value met in every objective
//   extremes  per objective, the point that is worst in it and best in the others
//   nadir     where the plane through the extremes meets the axes, from the ideal on

import type { Points } from './points.ts'
import { type Range, rangesOf, scaled } from './scaling.ts'

/** What an objective other than its own weighs in the choice of an extreme point. */
const offAxis = 1e6

/** Extents below this share of what was met are none. */
const negligible = 1e-6

/** The solution of a x = b by elimination with pivots; undefined where there is not exactly one. */
function solve(a: Points, b: readonly number[]): number[] | undefined {
  const rows = a.map((row, i) => [...row, b[i] as number])
  const size = rows.length
  for (let column = 0; column < size; column++) {
    const height = (row: readonly number[]) => Math.abs(row[column] as number)
    const rest = rows.slice(column)
    const pivot = rest.reduce((best, row) => (height(row) > height(best) ? row : best))
    if (height(pivot) < 1e-12) return undefined
    const place = rows.indexOf(pivot)
    rows[place] = rows[column] as number[]
    rows[column] = pivot
    for (const row of rows) {
      if (row === pivot) continue
      const factor = (row[column] as number) / (pivot[column] as number)
      for (let k = column; k <= size; k++) row[k] = (row[k] as number) - factor * (pivot[k] as number)
    }
  }
  return rows.map((row, i) => (row[size] as number) / (row[i] as number))
}

/** Learns the scale from one generation after the other. */
export class Hyperplane {
  private ideal_: number[] = []
  private extremes_: Points = []

  /** The range of every objective, from the points of a generation and those of its first front. */
  ranges(points: Points, front: Points): Range[] {
    const met = rangesOf(this.ideal_.length > 0 ? [...points, this.ideal_] : points)
    this.ideal_ = met.map(({ low }) => low)
    // From here in units of what was met, so that the objectives' own decide nothing.
    const candidates = [...this.extremes_, ...front].map((point) => ({ point, heights: scaled(point, met) }))
    const extremes = met.map((_, k) =>
      candidates.reduce((a, b) => (achievement(b.heights, k) < achievement(a.heights, k) ? b : a)),
    )
    this.extremes_ = extremes.map(({ point }) => point)
    const plane = intercepts(extremes.map(({ heights }) => heights))
    const ends = rangesOf(front.map((point) => scaled(point, met))).map(({ high }) => high)
    return met.map(({ low, high }, k) => {
      const share = [plane?.[k], ends[k], 1].find((end) => end !== undefined && end > negligible) as number
      return { low, high: low + share * (high - low) }
    })
  }
}

/** Least for the point that is nearest to the axis of an objective. */
const achievement = (heights: readonly number[], own: number): number =>
  heights.reduce((most, height, k) => Math.max(most, k === own ? height : height * offAxis), 0)

/** Where the plane through points meets the axes; undefined where there is none, or it leaves the unit cube. */
function intercepts(points: Points): number[] | undefined {
  const inverses = solve(
    points,
    points.map(() => 1),
  )
  const ends = inverses?.map((value) => 1 / value)
  return ends?.every((end) => end > negligible && end <= 1) ? ends : undefined
}
