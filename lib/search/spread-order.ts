// A complete order of points by worth: front by front, and each front so that its first members are spread over it.

import { feasibleFirstSort, type Worth } from './feasibility.ts'
import { rangesOf, scaled } from './scaling.ts'

const squaredDistance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, k) => sum + (value - (b[k] as number)) ** 2, 0)

/**
 * Indices of `front`, each the farthest from all before it in units of the front's extent (an epsilon net), beginning with
 * the best in the first objective.
 */
function spread(front: readonly Worth[]): number[] {
  const costs = front.map((point) => point.costs)
  const ranges = rangesOf(costs)
  const points = costs.map((point) => scaled(point, ranges))
  let next = costs.reduce(
    (best, point, i) => ((point[0] as number) < (costs[best]?.[0] as number) ? i : best),
    0,
  )
  const distances = points.map(() => Number.POSITIVE_INFINITY)
  const order: number[] = []
  while (order.length < points.length) {
    order.push(next)
    distances[next] = Number.NEGATIVE_INFINITY
    let farthest = -1
    points.forEach((point, i) => {
      if (distances[i] === Number.NEGATIVE_INFINITY) return
      distances[i] = Math.min(distances[i] as number, squaredDistance(point, points[next] as number[]))
      if (farthest < 0 || (distances[i] as number) > (distances[farthest] as number)) farthest = i
    })
    next = farthest
  }
  return order
}

/**
 * The place of every point in the order of worth, 0 the best: by rank, feasible points first, and within a rank so that
 * whoever takes the first few has them spread over the front.
 */
export function spreadOrder(points: readonly Worth[]): number[] {
  const ranks = feasibleFirstSort(points)
  const places = new Array<number>(points.length)
  let place = 0
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) {
    const members = ranks.flatMap((own, i) => (own === rank ? [i] : []))
    for (const i of spread(members.map((member) => points[member] as Worth))) {
      places[members[i] as number] = place++
    }
  }
  return places
}
