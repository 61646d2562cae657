// Points of true fronts: along curves, over surfaces, and where constraints cut them, by search along rays.

import { feasibleFront } from '../search/feasibility.ts'
import type { Evaluated } from './synthetic-problem.ts'

type Point = readonly number[]

/** `count` numbers from `low` to `high`, both included, evenly. */
export const evenly = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1))

/** The points that no other dominates, each once. */
export function withoutDominated(points: readonly Point[]): Point[] {
  const different = new Map(points.map((point) => [String(point), point]))
  return feasibleFront([...different.values()].map((costs) => ({ costs }))).map(({ costs }) => costs)
}

/** Of evaluated points, the objectives of those that meet all constraints and are not dominated. */
export function frontOf(points: readonly Evaluated[]): Point[] {
  const met = points.filter(({ constraints = [] }) => constraints.every((value) => value <= tolerance))
  return withoutDominated(met.map(({ objectives }) => objectives))
}

/** Broken by less, a constraint is met but for rounding: fronts lie on the boundaries of what is allowed. */
const tolerance = 1e-12

const meets = ({ constraints = [] }: Evaluated): boolean => constraints.every((value) => value <= tolerance)

/** Steps of a search outwards; finer than the narrowest corridor between constraints of the problems here. */
const step = 1e-3

const bisections = 50

/**
 * The first point that meets all constraints on the way from `distance` 1 outwards to `farthest`; undefined where there is
 * none. Objectives must not fall with distance, so that on each ray nothing farther out can be better.
 */
function firstFeasible(ray: (distance: number) => Evaluated, farthest: number): Evaluated | undefined {
  for (let distance = 1; distance <= farthest; distance += step) {
    const found = ray(distance)
    if (!meets(found)) continue
    if (distance === 1) return found
    let [outside, inside] = [distance - step, distance]
    for (let i = 0; i < bisections; i++) {
      const middle = (outside + inside) / 2
      if (meets(ray(middle))) inside = middle
      else outside = middle
    }
    return ray(inside)
  }
  return undefined
}

/**
 * The front of a problem whose objectives are functions of a place on its front and of a distance from it, and whose
 * constraints are functions of the objectives.
 *
 * @param evaluate objectives and constraints at a place and a distance from 1 on
 * @param farthest where the search along a ray ends
 */
export function tracedFront<Place>(
  places: readonly Place[],
  evaluate: (place: Place, distance: number) => Evaluated,
  farthest: number,
): Point[] {
  const reached = places.map((place) => firstFeasible((distance) => evaluate(place, distance), farthest))
  return withoutDominated(reached.flatMap((found) => (found ? [found.objectives] : [])))
}
