// How far points are from a reference front, such as the true one of a problem. All objectives are minimised.
// Distances mix the units of the objectives: normalise first, or read them for what they are.

import { addon } from '../native/load.ts'
import { flatten, objectivesOf, type Points } from './points.ts'

/** Both sets, checked. */
function flattenBoth(points: Points, front: Points): [Float64Array, Float64Array, number] {
  for (const [name, set] of Object.entries({ points, front }))
    if (set.length === 0) throw new RangeError(`\`${name}\` must not be empty`)
  const objectives = objectivesOf(front, 'front')
  return [flatten(points, objectives), flatten(front, objectives, 'front'), objectives]
}

/**
 * GD: the mean over the points of the Euclidean distance to the nearest member of the front (Van Veldhuizen & Lamont
 * 1998, with the plain mean).
 *
 * @throws TypeError, RangeError for empty sets, different numbers of objectives, or NaN
 */
export function generationalDistance(points: Points, front: Points): number {
  return addon.generationalDistance(...flattenBoth(points, front), false)
}

/**
 * GD+: {@link generationalDistance}, counting only objectives in which a point is worse than the member (Ishibuchi et
 * al. 2015). Zero for points that dominate the front.
 *
 * @throws as {@link generationalDistance}
 */
export function generationalDistancePlus(points: Points, front: Points): number {
  return addon.generationalDistance(...flattenBoth(points, front), true)
}

/**
 * IGD: the mean over the front of the Euclidean distance to the nearest point (Coello & Reyes Sierra 2004). Small only
 * when points are near all of the front.
 *
 * @throws as {@link generationalDistance}
 */
export function invertedGenerationalDistance(points: Points, front: Points): number {
  return addon.invertedGenerationalDistance(...flattenBoth(points, front), false)
}

/**
 * IGD+: {@link invertedGenerationalDistance}, counting only objectives in which a point is worse than the member
 * (Ishibuchi et al. 2015). Unlike IGD it never prefers a dominated set.
 *
 * @throws as {@link generationalDistance}
 */
export function invertedGenerationalDistancePlus(points: Points, front: Points): number {
  return addon.invertedGenerationalDistance(...flattenBoth(points, front), true)
}

/**
 * The additive epsilon: the least number that, taken from all objectives of all points, makes them weakly dominate the
 * whole front (Zitzler et al. 2003). Negative where they lie beyond it.
 *
 * @throws as {@link generationalDistance}
 */
export function additiveEpsilon(points: Points, front: Points): number {
  return addon.additiveEpsilon(...flattenBoth(points, front))
}
