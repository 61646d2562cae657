// Bayesian search by random scalarisation (RS-BO; Paria, Kandasamy & Póczos 2020): a Gaussian process per objective, and
// at every step new random weights for the objectives' ranks among a pool of candidates. For any number of objectives.

import { normalCdf } from '../predict/normal.ts'
import type { Configuration } from '../space/configuration.ts'
import { candidatePool } from './acquisition-search.ts'
import { feasibleFront } from './feasibility.ts'
import { checkCounts, type Knowledge, ModelBasedSearch, type Strategy } from './model-based.ts'
import type { Algorithm, SearchProblem } from './searcher.ts'

export interface RsBoOptions {
  /** Configurations drawn first; 10 by default. */
  readonly initial?: number
  /** Configurations compared at every step; 1000 by default. */
  readonly candidates?: number
}

/** Standard deviations that a cost is hoped to lie below its mean. */
const hope = 0.5

/** The place of every value in the order, from 0 to 1. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number))
  const places = values.map(() => 0)
  order.forEach((i, place) => {
    places[i] = place / Math.max(values.length - 1, 1)
  })
  return places
}

function strategy({ initial, candidates }: Required<RsBoOptions>): Strategy {
  return {
    initial,
    quantities: (evaluations) =>
      (evaluations[0]?.costs ?? []).map((_, k) => evaluations.map(({ costs }) => costs[k] as number)),
    choose<C extends Configuration>({ problem, seen, evaluations, pending, models }: Knowledge<C>) {
      const { space, random, objectives } = problem
      const incumbents = feasibleFront(evaluations).map(({ configuration }) => configuration)
      const pool = candidatePool({ space, seen, random, incumbents, candidates })
      if (pool.length === 0) return undefined
      const points = pool.map((candidate) => space.encode(candidate))
      const scores = pool.map(() => 0)
      models.forEach((model, k) => {
        // Open trials are believed to come out at their means: what they will tell is not hoped for twice.
        const believed = pending.length > 0 ? model.condition(pending, [model.predict(pending).mean]) : model
        const { mean, variance } = believed.predict(points)
        const low = Array.from(mean, (value, i) => value - hope * Math.sqrt(variance[i] as number))
        const weight = k < objectives ? random.uniform() : objectives
        const terms =
          k < objectives
            ? ranks(low)
            : Array.from(mean, (value, i) => normalCdf(value / Math.sqrt(variance[i] as number)))
        terms.forEach((term, i) => {
          scores[i] = (scores[i] as number) + weight * term
        })
      })
      let best = 0
      scores.forEach((score, i) => {
        if (score < (scores[best] as number)) best = i
      })
      return pool[best]
    },
  }
}

/**
 * Bayesian search by random scalarisation: cheap, for any number of objectives, with constraints and open trials.
 *
 * @throws RangeError for counts below 2
 */
export function rsBo({ initial = 10, candidates = 1000 }: RsBoOptions = {}): Algorithm {
  checkCounts({ initial, candidates })
  return {
    description: { name: 'rs-bo', initial, candidates },
    start: <C extends Configuration>(problem: SearchProblem<C>) =>
      new ModelBasedSearch(problem, strategy({ initial, candidates })),
  }
}
