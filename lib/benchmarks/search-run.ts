// One algorithm on one problem, one configuration at a time: what indicators are computed from.

import type { Algorithm, Evaluation } from '../search/searcher.ts'
import type { Configuration } from '../space/configuration.ts'
import { Random } from '../tensor/random.ts'
import { type BenchmarkProblem, worthOf } from './problem.ts'

export interface SearchRun<C extends Configuration = Configuration> {
  /** All that was evaluated, in order; fewer than asked for where the space has no more. */
  readonly evaluations: readonly Evaluation<C>[]
  /** What the algorithm held on to at the end; all evaluations where it does not say. */
  readonly population: readonly Evaluation<C>[]
}

/**
 * Evaluates what `algorithm` proposes for `problem`, without a study.
 *
 * @param seed the same seed gives the same run
 */
export function runSearch<C extends Configuration>(
  problem: BenchmarkProblem<C>,
  algorithm: Algorithm,
  { evaluations: budget, seed }: { readonly evaluations: number; readonly seed: number | bigint },
): SearchRun<C> {
  const searcher = algorithm.start({
    space: problem.space,
    objectives: problem.objectives.length,
    constraints: problem.constraints.length,
    random: new Random(seed),
  })
  const evaluations: Evaluation<C>[] = []
  while (evaluations.length < budget) {
    const configuration = searcher.ask()
    if (configuration === undefined) break
    const evaluation = { configuration, ...worthOf(problem, configuration) }
    searcher.tell(evaluation)
    evaluations.push(evaluation)
  }
  return { evaluations, population: searcher.population ?? evaluations }
}
