// Random search: the baseline every other algorithm has to beat. Draws without repetition.

import type { Configuration } from '../space/configuration.ts'
import type { Algorithm, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

class RandomSearch<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly seen_: Seen<C>

  constructor(problem: SearchProblem<C>) {
    this.problem_ = problem
    this.seen_ = new Seen(problem.space)
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    return this.seen_.next(() => space.sample(random), random)
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
  }
}

/** Random configurations, each at most once. */
export function randomSearch(): Algorithm {
  return {
    description: { name: 'random' },
    start: <C extends Configuration>(problem: SearchProblem<C>) => new RandomSearch(problem),
  }
}
