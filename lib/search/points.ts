// Points of objective space at the border to native code: checked, and row by row in one array.

/** Points by row; every one has as many numbers as there are objectives, all minimised. */
export type Points = readonly (readonly number[])[]

/** Row by row in one array. Throws unless all rows have `objectives` numbers, none of them NaN. */
export function flatten(points: Points, objectives: number, name = 'points'): Float64Array {
  const flat = new Float64Array(points.length * objectives)
  points.forEach((point, i) => {
    if (point.length !== objectives)
      throw new RangeError(`\`${name}[${i}]\` must have ${objectives} objectives, got ${point.length}`)
    point.forEach((value, k) => {
      if (typeof value !== 'number')
        throw new TypeError(`\`${name}[${i}][${k}]\` must be a number, got ${typeof value}`)
      if (Number.isNaN(value)) throw new RangeError(`\`${name}[${i}][${k}]\` must not be NaN`)
      flat[i * objectives + k] = value
    })
  })
  return flat
}

/** As many as the first point has. */
export function objectivesOf(points: Points, name = 'points'): number {
  const objectives = points[0]?.length ?? 1
  if (objectives === 0) throw new RangeError(`\`${name}[0]\` must have at least one objective, got 0`)
  return objectives
}

/** A reference point. Throws unless it has at least one number and all are finite. */
export function flattenReference(reference: readonly number[]): Float64Array {
  if (reference.length === 0) throw new RangeError('`reference` must have at least one objective, got 0')
  const broken = reference.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new RangeError(`\`reference[${broken}]\` must be a finite number, got ${reference[broken]}`)
  return Float64Array.from(reference)
}
