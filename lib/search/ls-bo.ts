// Bayesian search by linear scalarisation (LS-BO): one Gaussian process of a weighted sum of the objectives, and the
// expected improvement of that. It goes for one trade-off and leaves the rest of the front alone.

import type { Configuration } from '../space/configuration.ts'
import { maximiseAcquisition } from './acquisition-search.ts'
import { violation } from './feasibility.ts'
import { improvementAcquisition } from './improvement-acquisition.ts'
import { checkCounts, type Knowledge, ModelBasedSearch, type Strategy } from './model-based.ts'
import type { Algorithm, Evaluation, SearchProblem } from './searcher.ts'

export interface LsBoOptions {
  /** Configurations drawn first; 10 by default. */
  readonly initial?: number
  /** Configurations that the acquisition is tried on before it climbs; 512 by default. */
  readonly candidates?: number
}

/** The sum of the objectives, each in units of its own spread: a unit of measurement is no weight. */
export function scalarised(evaluations: readonly Evaluation<unknown>[]): number[] {
  const sums = evaluations.map(() => 0)
  const objectives = evaluations[0]?.costs.length ?? 0
  for (let k = 0; k < objectives; k++) {
    const values = evaluations.map(({ costs }) => costs[k] as number)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1
    values.forEach((value, i) => {
      sums[i] = (sums[i] as number) + (value - mean) / spread
    })
  }
  return sums
}

function strategy({ initial, candidates }: Required<LsBoOptions>): Strategy {
  return {
    initial,
    quantities: (evaluations) => [scalarised(evaluations)],
    choose<C extends Configuration>({ problem, seen, evaluations, pending, models }: Knowledge<C>) {
      const { space, random } = problem
      const ranked = scalarised(evaluations)
        .map((value, i) => ({ value, evaluation: evaluations[i] as Evaluation<C> }))
        .filter(({ evaluation }) => violation(evaluation) === 0)
        .sort((a, b) => a.value - b.value)
      const [best] = ranked
      const acquisition = improvementAcquisition({
        models,
        quantities: 1,
        pending,
        known: best ? [[best.value]] : [],
        reference: best && [best.value],
        random,
      })
      const incumbents = ranked.slice(0, 5).map(({ evaluation }) => evaluation.configuration)
      return maximiseAcquisition({ space, seen, random, incumbents, candidates }, acquisition)
    },
  }
}

/**
 * Bayesian search of the least sum of the objectives, each in units of its spread so far, by expected improvement.
 *
 * @throws RangeError for counts below 2
 */
export function lsBo({ initial = 10, candidates = 512 }: LsBoOptions = {}): Algorithm {
  checkCounts({ initial, candidates })
  return {
    description: { name: 'ls-bo', initial, candidates },
    start: <C extends Configuration>(problem: SearchProblem<C>) =>
      new ModelBasedSearch(problem, strategy({ initial, candidates })),
  }
}
