// Pareto dominance over plain arrays: the validated face of native/pareto. All objectives are minimised. Synchronous:
// ten thousand points of two or three objectives take a few milliseconds.

import { addon } from '../native/load.ts'

/** Row by row in one array. Throws unless all rows have `objectives` numbers, none of them NaN. */
function flatten(points: readonly (readonly number[])[], objectives: number): Float64Array {
  const flat = new Float64Array(points.length * objectives)
  points.forEach((point, i) => {
    if (point.length !== objectives)
      throw new RangeError(`\`points[${i}]\` must have ${objectives} objectives, got ${point.length}`)
    point.forEach((value, k) => {
      if (typeof value !== 'number')
        throw new TypeError(`\`points[${i}][${k}]\` must be a number, got ${typeof value}`)
      if (Number.isNaN(value)) throw new RangeError(`\`points[${i}][${k}]\` must not be NaN`)
      flat[i * objectives + k] = value
    })
  })
  return flat
}

/** As many as the first point has. */
function objectivesOf(points: readonly (readonly number[])[]): number {
  const objectives = points[0]?.length ?? 1
  if (objectives === 0) throw new RangeError('`points[0]` must have at least one objective, got 0')
  return objectives
}

/**
 * The rank of every point: 0 on the front of all, 1 on the front of the others, and so on (Deb et al. 2002, section
 * III-A). Equal points have equal ranks.
 *
 * @param points each with the same number of objectives, all minimised
 * @throws TypeError, RangeError for points of different lengths or with NaN
 */
export function nonDominatedSort(points: readonly (readonly number[])[]): number[] {
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
export function crowdingDistance(
  points: readonly (readonly number[])[],
  ranks: readonly number[] = points.map(() => 0),
): number[] {
  if (ranks.length !== points.length)
    throw new RangeError(`\`ranks\` must have one element per point, ${points.length}, got ${ranks.length}`)
  const objectives = objectivesOf(points)
  return Array.from(addon.crowdingDistance(flatten(points, objectives), objectives, Int32Array.from(ranks)))
}

/**
 * The exact volume that points dominate up to a reference point (Zitzler & Thiele 1998; for more than three objectives
 * by WFG, While, Bradstreet & Barone 2012). Points that are not below the reference in every objective count nothing.
 *
 * @param points each with as many objectives as the reference, all minimised
 * @throws TypeError, RangeError for points of another length, NaN, or a reference that is not finite
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  if (reference.length === 0) throw new RangeError('`reference` must have at least one objective, got 0')
  const broken = reference.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new RangeError(`\`reference[${broken}]\` must be a finite number, got ${reference[broken]}`)
  return addon.hypervolume(flatten(points, reference.length), Float64Array.from(reference))
}
