// Pareto dominance over plain arrays: the order of points that multi-objective algorithms select by. All objectives are
// minimised. Synchronous: ten thousand points of two or three objectives take a few milliseconds.

import { addon } from '../native/load.ts'
import { flatten, objectivesOf, type Points } from './points.ts'

/**
 * The rank of every point: 0 on the front of all, 1 on the front of the others, and so on (Deb et al. 2002, section
 * III-A). Equal points have equal ranks.
 *
 * @param points each with the same number of objectives, all minimised
 * @throws TypeError, RangeError for points of different lengths or with NaN
 */
export function nonDominatedSort(points: Points): number[] {
  const objectives = objectivesOf(points)
  return Array.from(addon.nonDominatedSort(flatten(points, objectives), objectives))
}

/**
 * How alone every point is among those of its rank: the mean over the objectives of the gap between its neighbours as a
 * share of the front's extent, infinite at the ends (Deb et al. 2002, section III-B, there the sum).
 *
 * @param ranks of {@link nonDominatedSort}; by default all points are one front
 * @throws TypeError, RangeError for points of different lengths or with NaN, or for another number of ranks
 */
export function crowdingDistance(points: Points, ranks: readonly number[] = points.map(() => 0)): number[] {
  if (ranks.length !== points.length)
    throw new RangeError(`\`ranks\` must have one element per point, ${points.length}, got ${ranks.length}`)
  const objectives = objectivesOf(points)
  return Array.from(addon.crowdingDistance(flatten(points, objectives), objectives, Int32Array.from(ranks)))
}
