// Pareto local search (Paquete, Chiarandini & Stützle 2004), stochastic: steps from points of the front found so far.

import type { Configuration } from '../space/configuration.ts'
import { violation } from './feasibility.ts'
import { checkCount } from './offspring.ts'
import type { Algorithm, Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

export interface LocalSearchOptions {
  /** Outcomes of draws before the first step; 10 by default. */
  readonly initial?: number
}

/** Whether `a` is nowhere worse than `b`; equal costs are. */
function covers<C>(a: Evaluation<C>, b: Evaluation<C>): boolean {
  const [left, right] = [violation(a), violation(b)]
  if (left !== right) return left < right
  return left > 0 || a.costs.every((cost, k) => cost <= (b.costs[k] as number))
}

class LocalSearch<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly initial_: number
  private readonly seen_: Seen<C>
  /** What nothing found so far covers; of those with equal costs, one. */
  private archive_: readonly Evaluation<C>[] = []
  private outcomes_ = 0

  constructor(problem: SearchProblem<C>, initial: number) {
    this.problem_ = problem
    this.initial_ = initial
    this.seen_ = new Seen(problem.space)
  }

  get population(): readonly Evaluation<C>[] {
    return this.archive_
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    const drawing = this.outcomes_ < this.initial_ || this.archive_.length === 0
    const step = () => space.mutate(random.choice(this.archive_).configuration, random, 0)
    return this.seen_.next(drawing ? () => space.sample(random) : step, random)
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
    if ('failed' in outcome) return
    this.outcomes_++
    if (this.archive_.some((other) => covers(other, outcome))) return
    this.archive_ = [...this.archive_.filter((other) => !covers(outcome, other)), outcome]
  }
}

/**
 * Pareto local search: one parameter of a random point of the front found so far takes another value. Draws at first, and
 * where all steps are known.
 *
 * @throws RangeError for an initial number below 1
 */
export function localSearch({ initial = 10 }: LocalSearchOptions = {}): Algorithm {
  checkCount('initial', initial, 1)
  return {
    description: { name: 'local-search', initial },
    start: <C extends Configuration>(problem: SearchProblem<C>) => new LocalSearch(problem, initial),
  }
}
