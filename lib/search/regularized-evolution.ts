// Regularised evolution (Real, Aggarwal, Huang & Le 2019, "Regularized evolution for image classifier architecture
// search") for several objectives: the oldest dies, not the worst, so that a lucky measurement does not live for ever.

import type { Configuration } from '../space/configuration.ts'
import { checkCount } from './offspring.ts'
import type { Algorithm, Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { spreadOrder } from './spread-order.ts'
import { Seen } from './unseen.ts'

export interface RegularizedEvolutionOptions {
  /** Outcomes that live, the latest; 100 by default. */
  readonly population?: number
  /** Outcomes drawn for a tournament, whose winner is the parent; 10 by default. */
  readonly sample?: number
}

class RegularizedEvolution<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly options_: Required<RegularizedEvolutionOptions>
  private readonly seen_: Seen<C>
  /** The oldest first. */
  private living_: Evaluation<C>[] = []
  /** Of the living, in the order of worth; absent when an outcome has come in since. */
  private places_: readonly number[] | undefined

  constructor(problem: SearchProblem<C>, options: Required<RegularizedEvolutionOptions>) {
    this.problem_ = problem
    this.options_ = options
    this.seen_ = new Seen(problem.space)
  }

  get population(): readonly Evaluation<C>[] {
    return this.living_
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    const grown = this.living_.length === this.options_.population
    // One parameter changes, never more.
    const propose = grown ? () => space.mutate(this.parent(), random, 0) : () => space.sample(random)
    return this.seen_.next(propose, random)
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
    if ('failed' in outcome) return
    this.living_.push(outcome)
    if (this.living_.length > this.options_.population) this.living_.shift()
    this.places_ = undefined
  }

  /** The one of a drawn sample that comes first in the order of worth of all that live. */
  private parent(): C {
    this.places_ ??= spreadOrder(this.living_)
    const places = this.places_
    const drawn = Array.from({ length: this.options_.sample }, () =>
      this.problem_.random.integer(0, this.living_.length),
    )
    const best = drawn.reduce((a, b) => ((places[b] as number) < (places[a] as number) ? b : a))
    return (this.living_[best] as Evaluation<C>).configuration
  }
}

/**
 * Multi-objective regularised evolution: the best of a drawn sample, by rank and then by its place on a spread-out front,
 * has a child that differs in one parameter; the oldest dies. Draws until the population is full.
 *
 * @throws RangeError for a population or a sample below 1
 */
export function regularizedEvolution({
  population = 100,
  sample = 10,
}: RegularizedEvolutionOptions = {}): Algorithm {
  checkCount('population', population, 1)
  checkCount('sample', sample, 1)
  const options = { population, sample }
  return {
    description: { name: 'regularized-evolution', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) => new RegularizedEvolution(problem, options),
  }
}
