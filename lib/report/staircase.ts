/** The attained surface of a set of points in two objectives: the boundary of what they dominate. */

/** A place in the plane. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** Which way is better on each axis, and where the drawing ends. */
export interface Plane {
  readonly x: { readonly direction: 'minimize' | 'maximize'; readonly domain: readonly [number, number] }
  readonly y: { readonly direction: 'minimize' | 'maximize'; readonly domain: readonly [number, number] }
}

/** The points no other point dominates, from the best x to the best y; of equal points the first stays. */
export function nonDominated<P extends Place>(points: readonly P[], plane: Plane): P[] {
  const signX = plane.x.direction === 'minimize' ? 1 : -1
  const signY = plane.y.direction === 'minimize' ? 1 : -1
  const sorted = points
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
    .sort((a, b) => signX * (a.x - b.x) || signY * (a.y - b.y))
  const kept: P[] = []
  for (const point of sorted) {
    const last = kept.at(-1)
    if (last === undefined || signY * point.y < signY * last.y) kept.push(point)
  }
  return kept
}

/** Corners of the attained surface, running to the far edges of the plane; empty without points. */
export function attainedStaircase(points: readonly Place[], plane: Plane): Place[] {
  const kept = nonDominated(points, plane)
  const first = kept[0]
  const last = kept.at(-1)
  if (first === undefined || last === undefined) return []
  const worst = ({ direction, domain }: Plane['x']) => (direction === 'minimize' ? domain[1] : domain[0])
  const corners: Place[] = [{ x: first.x, y: worst(plane.y) }]
  for (const [index, { x, y }] of kept.entries()) {
    const previous = kept[index - 1]
    if (previous !== undefined) corners.push({ x, y: previous.y })
    corners.push({ x, y })
  }
  corners.push({ x: worst(plane.x), y: last.y })
  return corners
}
