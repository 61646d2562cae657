// What a front of one, two or three objectives leaves undominated up to a reference point, cut into disjoint boxes.
// All boxes reach down to −∞ in the second objective, and there are at most twice as many as points (Dächert et al. 2017).

/** Places of a box's sides in the lists of coordinates; place 0 is −∞. */
export interface Box {
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export interface Decomposition {
  /** Per objective, ascending from −∞ to the reference. */
  readonly coordinates: readonly (readonly number[])[]
  readonly boxes: readonly Box[]
}

/** A strip of the first two objectives, open upwards in the third since `from`. */
interface Strip {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly from: number
}

/**
 * The boxes below `reference` that no point of `front` dominates. Points that are dominated or not below the reference in
 * every objective change nothing.
 *
 * @throws RangeError for more than three objectives
 */
export function undominatedBoxes(
  front: readonly (readonly number[])[],
  reference: readonly number[],
): Decomposition {
  const objectives = reference.length
  if (objectives > 3) throw new RangeError(`boxes are for at most 3 objectives, got ${objectives}`)
  const inside = front.filter((point) => point.every((value, k) => value < (reference[k] as number)))
  const coordinates = reference.map((corner, k) => {
    const values = new Set(inside.map((point) => point[k] as number))
    return [Number.NEGATIVE_INFINITY, ...[...values].sort((a, b) => a - b), corner]
  })
  const last = coordinates.map((list) => list.length - 1)
  if (objectives === 1) return { coordinates, boxes: [{ low: [0], high: [1] }] }

  const places = coordinates.map((list) => new Map(list.map((value, i) => [value, i])))
  const points = inside.map((point) => point.map((value, k) => places[k]?.get(value) as number))
  // With a third objective a plane sweeps it upwards; strips that a point cuts end there.
  points.sort((a, b) => (a[2] ?? 0) - (b[2] ?? 0))
  const [lastX, lastY] = last as [number, number]
  let strips: Strip[] = [{ left: 0, right: lastX, top: lastY, from: 0 }]
  const boxes: Box[] = []
  const close = ({ left, right, top, from }: Strip, to: number) => {
    if (objectives === 2) boxes.push({ low: [left, 0], high: [right, top] })
    else if (to > from) boxes.push({ low: [left, 0, from], high: [right, top, to] })
  }
  for (const [x = 0, y = 0, z = 0] of points) {
    const next: Strip[] = []
    let cut: Strip | undefined
    for (const strip of strips) {
      if (strip.right <= x || strip.top <= y) {
        next.push(strip)
        continue
      }
      if (objectives === 3) close(strip, z)
      if (strip.left < x) next.push({ ...strip, right: x, from: z })
      cut = { left: cut?.left ?? Math.max(strip.left, x), right: strip.right, top: y, from: z }
    }
    if (cut) next.push(cut)
    strips = next.sort((a, b) => a.left - b.left)
  }
  for (const strip of strips) close(strip, last[2] ?? 0)
  return { coordinates, boxes }
}
