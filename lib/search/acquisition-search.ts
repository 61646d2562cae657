// Where an acquisition is greatest: over all of a small space, else from a pool of draws and of children of the best so
// far, uphill from neighbour to neighbour, and along the real parameters by their gradient.

import { minimise } from '../predict/lbfgs.ts'
import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'
import type { Random } from '../tensor/random.ts'
import type { Seen } from './unseen.ts'

/** What is made great, over encoded configurations. */
export interface Acquisition {
  values(points: readonly (readonly number[])[]): ArrayLike<number>
  /** The value at a point with its derivatives by the coordinates. */
  gradient(point: readonly number[]): { readonly value: number; readonly gradient: ArrayLike<number> }
}

/** Spaces up to this size are tried whole. */
const wholeSpace = 1024n
/** Climbers, and steps of each at most. */
const climbers = 4
const climbingSteps = 16

export interface CandidatePool<C extends Configuration> {
  readonly space: Space<C>
  readonly seen: Seen<C>
  readonly random: Random
  /** Good configurations, whose like is tried; may be empty. */
  readonly incumbents: readonly C[]
  /** Size of the pool. */
  readonly candidates: number
}

/** Different configurations not seen before: all of a small space, else draws and children of incumbents, half and half. */
export function candidatePool<C extends Configuration>(pool: CandidatePool<C>): C[] {
  const { space, seen, random, incumbents, candidates } = pool
  if (space.size !== undefined && space.size <= wholeSpace)
    return [...space].filter((configuration) => !seen.has(configuration))
  const found = new Map<string, C>()
  for (let i = 0; i < candidates; i++) {
    let candidate = space.sample(random)
    if (incumbents.length > 0 && i % 2 === 1) {
      const first = random.choice(incumbents)
      const crossed = i % 4 === 1 ? space.crossover(first, random.choice(incumbents), random) : first
      candidate = space.mutate(crossed, random)
    }
    if (!seen.has(candidate)) found.set(space.key(candidate), candidate)
  }
  return [...found.values()]
}

interface Climber<C> {
  readonly configuration: C
  readonly value: number
}

/** The best of each climber and its unseen neighbours, until no climber rises. */
function climb<C extends Configuration>(
  { space, seen, random }: CandidatePool<C>,
  acquisition: Acquisition,
  start: readonly Climber<C>[],
): Climber<C>[] {
  const best = [...start]
  let rising = best.map((_, i) => i)
  for (let step = 0; step < climbingSteps && rising.length > 0; step++) {
    const around = rising.map((i) =>
      space.neighbours((best[i] as Climber<C>).configuration, random).filter((next) => !seen.has(next)),
    )
    const values = acquisition.values(around.flat().map((next) => space.encode(next)))
    let place = 0
    const risen: number[] = []
    around.forEach((neighbours, r) => {
      const i = rising[r] as number
      for (const configuration of neighbours) {
        const value = values[place++] as number
        if (!(value > (best[i] as Climber<C>).value)) continue
        best[i] = { configuration, value }
        if (risen.at(-1) !== i) risen.push(i)
      }
    })
    rising = risen
  }
  return best
}

/** The configuration with its real parameters moved to where the acquisition is greatest, the others as they are. */
function polish<C extends Configuration>(space: Space<C>, acquisition: Acquisition, start: C): C {
  const columns: number[] = []
  let column = 0
  for (const { name, parameter } of space.dimensions) {
    if (parameter.size === undefined && start[name] !== undefined) columns.push(column)
    column += parameter.width
  }
  if (columns.length === 0) return start
  const point = space.encode(start)
  const { x } = minimise(
    (at, gradient) => {
      columns.forEach((c, i) => {
        point[c] = at[i] as number
      })
      const { value, gradient: slope } = acquisition.gradient(point)
      columns.forEach((c, i) => {
        gradient[i] = -(slope[c] as number)
      })
      return -value
    },
    columns.map((c) => point[c] as number),
    { lower: columns.map(() => 0), upper: columns.map(() => 1), iterations: 20, tolerance: 1e-6 },
  )
  columns.forEach((c, i) => {
    point[c] = x[i] as number
  })
  return space.decode(point)
}

/** The unseen configuration found with the greatest acquisition; undefined where the pool has none. */
export function maximiseAcquisition<C extends Configuration>(
  pool: CandidatePool<C>,
  acquisition: Acquisition,
): C | undefined {
  const { space, seen } = pool
  const candidates = candidatePool(pool)
  if (candidates.length === 0) return undefined
  const values = acquisition.values(candidates.map((candidate) => space.encode(candidate)))
  const start = candidates
    .map((configuration, i) => ({ configuration, value: values[i] as number }))
    .sort((a, b) => b.value - a.value)
    .slice(0, climbers)
  const [top] = climb(pool, acquisition, start).sort((a, b) => b.value - a.value) as [Climber<C>]
  const polished = polish(space, acquisition, top.configuration)
  return seen.has(polished) ? top.configuration : polished
}
