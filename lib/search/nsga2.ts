// NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II"),
// asked one child at a time. A generation ends when as many outcomes as the population is large have come in, whatever
// is still open: with one trial at a time this is the generational algorithm, with many no trial waits for another.

import type { Configuration } from '../space/configuration.ts'
import type { ParameterValue } from '../space/parameter.ts'
import { feasibleFirstSort } from './feasibility.ts'
import { crowdingDistance } from './pareto.ts'
import type { Algorithm, Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

export interface Nsga2Options {
  /** Survivors of a generation, and outcomes that make the next one; 50 by default. */
  readonly population?: number
  /** Probability that a child has two parents; 0.9 by default. */
  readonly crossover?: number
  /** Probability that a child is mutated, one parameter on average; 0.9 by default. */
  readonly mutation?: number
}

interface Individual<C> extends Evaluation<C> {
  readonly rank: number
  readonly crowding: number
}

/** The crowded-comparison operator (section III-B): lower rank first, then the lonelier. */
function compareCrowded<C>(a: Individual<C>, b: Individual<C>): number {
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
    .sort(compareCrowded)
    .slice(0, count)
}

class Nsga2<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly options_: Required<Nsga2Options>
  private readonly seen_: Seen<C>
  /** Empty until the first generation is complete. */
  private parents_: Individual<C>[] = []
  private arrived_: Evaluation<C>[] = []

  constructor(problem: SearchProblem<C>, options: Required<Nsga2Options>) {
    this.problem_ = problem
    this.options_ = options
    this.seen_ = new Seen(problem.space)
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    const propose = this.parents_.length === 0 ? () => space.sample(random) : () => this.child()
    return this.seen_.next(propose, random)
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
    if ('failed' in outcome) return
    this.arrived_.push(outcome)
    const { population } = this.options_
    if (this.arrived_.length < population) return
    this.parents_ = survivors([...this.parents_, ...this.arrived_], population)
    this.arrived_ = []
  }

  private child(): C {
    const { space, random } = this.problem_
    const first = this.tournament()
    const crossed = random.uniform() < this.options_.crossover
    const child = crossed ? space.crossover(first, this.tournament(), random) : first
    return random.uniform() < this.options_.mutation ? space.mutate(child, random) : child
  }

  /** The better of two drawn parents; of equals, the first drawn. */
  private tournament(): C {
    const a = this.problem_.random.choice(this.parents_)
    const b = this.problem_.random.choice(this.parents_)
    return (compareCrowded(a, b) <= 0 ? a : b).configuration
  }
}

function checkShare(name: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${typeof value}`)
  if (!(value >= 0 && value <= 1)) throw new RangeError(`\`${name}\` must lie in [0, 1], got ${value}`)
}

/**
 * NSGA-II: binary tournaments by rank and crowding, crossover, mutation of one parameter on average, the best of parents
 * and children survive. No configuration is evaluated twice.
 *
 * @throws TypeError, RangeError for a population below 2 or probabilities outside [0, 1]
 */
export function nsga2({ population = 50, crossover = 0.9, mutation = 0.9 }: Nsga2Options = {}): Algorithm {
  if (!Number.isSafeInteger(population) || population < 2)
    throw new RangeError(`\`population\` must be a whole number from 2 on, got ${population}`)
  checkShare('crossover', crossover)
  checkShare('mutation', mutation)
  const options = { population, crossover, mutation }
  const description: Record<string, ParameterValue> & { name: string } = { name: 'nsga2', ...options }
  return {
    description,
    start: <C extends Configuration>(problem: SearchProblem<C>) => new Nsga2(problem, options),
  }
}
