// NSGA-III (Deb & Jain 2014, "An evolutionary many-objective optimization algorithm using reference-point-based
// nondominated sorting approach, part I"): like NSGA-II, with survivors of the last front spread over a lattice of
// directions in place of crowding, which says little with many objectives.

import type { Configuration } from '../space/configuration.ts'
import type { Random } from '../tensor/random.ts'
import { directionsFor } from './directions.ts'
import { feasibleFirstSort, violation } from './feasibility.ts'
import { Generational } from './generational.ts'
import { Hyperplane } from './hyperplane.ts'
import { type BreedingOptions, checkBreeding, checkCount } from './offspring.ts'
import { scaled } from './scaling.ts'
import type { Algorithm, Evaluation, SearchProblem } from './searcher.ts'

export interface Nsga3Options extends BreedingOptions {
  /** Survivors of a generation, and directions at most; 92 by default, for the 91 directions of three objectives. */
  readonly population?: number
}

/** A point's nearest direction and how far from it it is. */
interface Niche {
  readonly direction: number
  readonly distance: number
}

/** Squared distance of a point from the line along a direction. */
function fromLine(point: readonly number[], direction: readonly number[]): number {
  let [along, length, square] = [0, 0, 0]
  for (let k = 0; k < point.length; k++) {
    const [value, weight] = [point[k] as number, direction[k] as number]
    along += value * weight
    length += weight * weight
    square += value * value
  }
  return square - (along * along) / length
}

/** The survival of one search, which remembers how far its fronts reached. */
class Niching {
  private readonly directions_: readonly (readonly number[])[]
  private readonly random_: Random
  private readonly plane_ = new Hyperplane()

  constructor(directions: readonly (readonly number[])[], random: Random) {
    this.directions_ = directions
    this.random_ = random
  }

  survivors<C>(pool: readonly Evaluation<C>[], count: number): Evaluation<C>[] {
    const ranks = feasibleFirstSort(pool)
    const order = [...ranks].sort((a, b) => a - b)
    const last = order[Math.min(count, order.length) - 1] as number
    const members = (chosen: (rank: number) => boolean) => pool.filter((_, i) => chosen(ranks[i] as number))
    const sure = members((rank) => rank < last)
    const candidates = members((rank) => rank === last)
    const room = count - sure.length
    // Of what breaks constraints equally, none is better.
    if (candidates.length <= room || violation(candidates[0] as Evaluation<C>) > 0)
      return [...sure, ...candidates.slice(0, room)]
    const front = members((rank) => rank === 0)
    return [...sure, ...this.spread(sure, candidates, front, room)]
  }

  /** `room` of the candidates, from where the others are fewest. */
  private spread<C>(
    sure: readonly Evaluation<C>[],
    candidates: readonly Evaluation<C>[],
    front: readonly Evaluation<C>[],
    room: number,
  ): Evaluation<C>[] {
    const costs = (evaluations: readonly Evaluation<C>[]) => evaluations.map((evaluation) => evaluation.costs)
    const ranges = this.plane_.ranges(costs([...sure, ...candidates]), costs(front))
    const nicheOf = ({ costs }: Evaluation<C>) => this.niche(scaled(costs, ranges))
    const counts = this.directions_.map(() => 0)
    for (const evaluation of sure) {
      const { direction } = nicheOf(evaluation)
      counts[direction] = (counts[direction] as number) + 1
    }
    const waiting = new Map<number, { evaluation: Evaluation<C>; distance: number }[]>()
    for (const evaluation of candidates) {
      const { direction, distance } = nicheOf(evaluation)
      waiting.set(direction, [...(waiting.get(direction) ?? []), { evaluation, distance }])
    }
    const chosen: Evaluation<C>[] = []
    while (chosen.length < room) {
      const least = Math.min(...[...waiting.keys()].map((direction) => counts[direction] as number))
      const emptiest = [...waiting.keys()].filter((direction) => counts[direction] === least)
      const direction = this.random_.choice(emptiest)
      const queue = waiting.get(direction) as { evaluation: Evaluation<C>; distance: number }[]
      // The first of a direction is its nearest; further ones are drawn.
      const next =
        least === 0
          ? queue.reduce((best, one) => (one.distance < best.distance ? one : best))
          : this.random_.choice(queue)
      chosen.push(next.evaluation)
      counts[direction] = least + 1
      if (queue.length === 1) waiting.delete(direction)
      else
        waiting.set(
          direction,
          queue.filter((one) => one !== next),
        )
    }
    return chosen
  }

  private niche(point: readonly number[]): Niche {
    let nearest: Niche = { direction: 0, distance: Number.POSITIVE_INFINITY }
    this.directions_.forEach((direction, i) => {
      const distance = fromLine(point, direction)
      if (distance < nearest.distance) nearest = { direction: i, distance }
    })
    return nearest
  }
}

/**
 * NSGA-III: parents drawn at random (what breaks constraints less wins), the children of NSGA-II, and survivors by rank and
 * then evenly over a lattice of directions in units of the front's extent. For three objectives and more.
 *
 * @throws TypeError, RangeError for a population below 2 or probabilities outside [0, 1]
 */
export function nsga3({ population = 92, crossover = 1, mutation = 0.9 }: Nsga3Options = {}): Algorithm {
  checkCount('population', population, 2)
  const options = { population, crossover, mutation }
  checkBreeding(options)
  return {
    description: { name: 'nsga3', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) => {
      const niching = new Niching(directionsFor(problem.objectives, population), problem.random)
      return new Generational<C, Evaluation<C>>(
        problem,
        { ...options, children: population },
        {
          survivors: (pool, count) => niching.survivors(pool, count),
          compare: (a, b) => violation(a) - violation(b),
        },
      )
    },
  }
}
