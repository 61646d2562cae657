// NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II").

import type { Configuration } from '../space/configuration.ts'
import { feasibleFirstSort } from './feasibility.ts'
import { Generational } from './generational.ts'
import { type BreedingOptions, breedingDefaults, checkBreeding, checkCount } from './offspring.ts'
import { crowdingDistance } from './pareto.ts'
import type { Algorithm, Evaluation, SearchProblem } from './searcher.ts'

export interface Nsga2Options extends BreedingOptions {
  /** Survivors of a generation, and outcomes that make the next one; 50 by default. */
  readonly population?: number
}

interface Individual<C> extends Evaluation<C> {
  readonly rank: number
  readonly crowding: number
}

/** The crowded-comparison operator (section III-B): lower rank first, then the lonelier. */
function compare<C>(a: Individual<C>, b: Individual<C>): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  return a.crowding === b.crowding ? 0 : b.crowding - a.crowding
}

/** Ranks and crowds `pool` and keeps the best `count`; of equals, the earlier. */
function survivors<C>(pool: readonly Evaluation<C>[], count: number): Individual<C>[] {
  const ranks = feasibleFirstSort(pool)
  const crowding = crowdingDistance(
    pool.map(({ costs }) => costs),
    ranks,
  )
  return pool
    .map((evaluation, i) => ({ ...evaluation, rank: ranks[i] as number, crowding: crowding[i] as number }))
    .sort(compare)
    .slice(0, count)
}

/**
 * NSGA-II: binary tournaments by rank and crowding, crossover, mutation of one parameter on average, the best of parents
 * and children survive. No configuration is evaluated twice.
 *
 * @throws TypeError, RangeError for a population below 2 or probabilities outside [0, 1]
 */
export function nsga2({ population = 50, ...breeding }: Nsga2Options = {}): Algorithm {
  checkCount('population', population, 2)
  const options = { population, ...breedingDefaults, ...breeding }
  checkBreeding(options)
  return {
    description: { name: 'nsga2', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) =>
      new Generational(problem, { ...options, children: population }, { survivors, compare }),
  }
}
