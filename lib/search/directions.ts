// Evenly spread directions in objective space (Das & Dennis 1998), for algorithms and fronts that are laid out by them.

/**
 * All points with coordinates i / divisions that sum to one, the first coordinate slowest: C(divisions + objectives - 1,
 * objectives - 1) of them.
 *
 * @throws RangeError unless both are whole numbers from 1 on
 */
export function simplexLattice(objectives: number, divisions: number): number[][] {
  for (const [name, value] of Object.entries({ objectives, divisions }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`\`${name}\` must be a whole number from 1 on, got ${value}`)
  const fill = (coordinates: number, left: number): number[][] => {
    if (coordinates === 1) return [[left]]
    return Array.from({ length: left + 1 }, (_, first) => first).flatMap((first) =>
      fill(coordinates - 1, left - first).map((rest) => [first, ...rest]),
    )
  }
  return fill(objectives, divisions).map((point) => point.map((share) => share / divisions))
}

/** How many points {@link simplexLattice} has. */
function latticeSize(objectives: number, divisions: number): number {
  let size = 1
  for (let k = 1; k < objectives; k++) size = (size * (divisions + k)) / k
  return Math.round(size)
}

/** The finest lattice with at most `count` points; the axes alone where there is no finer one. */
export function directionsFor(objectives: number, count: number): number[][] {
  let divisions = 1
  while (objectives > 1 && latticeSize(objectives, divisions + 1) <= count) divisions++
  return simplexLattice(objectives, divisions)
}
