// The empirical attainment function (Grunert da Fonseca, Fonseca & Hall 2001): which part of objective space how many of
// several runs of a search reach. All objectives are minimised.

import { addon } from '../native/load.ts'
import { flatten, type Points } from './points.ts'

/**
 * The boundary of what at least `level` of the runs dominate weakly, for two objectives: 1 is the best of all runs, half
 * their number the median surface, their number what each run reaches.
 *
 * @param runs the points each run found, dominated ones or not
 * @returns the corners of the boundary, the first objective ascending; none where no `level` runs have points
 * @throws TypeError, RangeError for points without exactly two numbers, or a level that is no number of runs
 */
export function attainmentSurface(runs: readonly Points[], level: number): [number, number][] {
  if (!Number.isSafeInteger(level) || level < 1 || level > runs.length)
    throw new RangeError(`\`level\` must be a whole number from 1 to ${runs.length}, got ${level}`)
  const points = flatten(runs.flat(), 2)
  const owners = Int32Array.from(runs.flatMap((run, i) => run.map(() => i)))
  const corners = addon.attainmentSurface(points, owners, runs.length, level)
  return Array.from({ length: corners.length / 2 }, (_, i) => [
    corners[2 * i] as number,
    corners[2 * i + 1] as number,
  ])
}

/** The share of runs with a point that is nowhere worse than `point`; for any number of objectives. */
export function attainment(runs: readonly Points[], point: readonly number[]): number {
  const reaching = runs.filter((run) =>
    run.some((found) => found.every((value, k) => value <= (point[k] as number))),
  )
  return reaching.length / runs.length
}
