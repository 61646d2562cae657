/** Decides which points of a crowded chart carry their label: none may lie on another label or on a foreign point. */

/** A point in a chart and where its label would go. */
export interface LabelPlace {
  /** Fraction of the chart's width, from the left. */
  readonly across: number
  /** Fraction of its height, from below. */
  readonly up: number
  /** Pixels from the point to the middle of the label, to the right and down. */
  readonly dx: number
  readonly dy: number
}

// Half the box of a two-digit label of 11 px, and the radius of a point, in pixels.
const halfWidth = 8
const halfHeight = 6
const radius = 5

/** For each point whether its label is drawn at this size; earlier points come first. */
export function placeLabels(
  places: readonly LabelPlace[],
  size: { readonly width: number; readonly height: number },
): boolean[] {
  const points = places.map(({ across, up }) => ({ x: across * size.width, y: (1 - up) * size.height }))
  const taken: { x: number; y: number }[] = []
  return places.map(({ dx, dy }, index) => {
    const point = points[index] ?? { x: 0, y: 0 }
    const label = { x: point.x + dx, y: point.y + dy }
    const onLabel = taken.some(
      ({ x, y }) => Math.abs(x - label.x) < 2 * halfWidth && Math.abs(y - label.y) < 2 * halfHeight,
    )
    const onPoint = points.some(
      ({ x, y }, other) =>
        other !== index &&
        Math.abs(x - label.x) < halfWidth + radius &&
        Math.abs(y - label.y) < halfHeight + radius,
    )
    if (onLabel || onPoint) return false
    taken.push(label)
    return true
  })
}
