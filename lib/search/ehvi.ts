// Bayesian search by expected hypervolume improvement (Emmerich, Giannakoglou & Naujoks 2006; Daulton, Balandat & Bakshy
// 2020): a Gaussian process per objective, and the configuration that is expected to add most to the front's volume.

import type { Configuration } from '../space/configuration.ts'
import { maximiseAcquisition } from './acquisition-search.ts'
import { feasibleFront, violation } from './feasibility.ts'
import { referenceBeyond } from './hypervolume-history.ts'
import { improvementAcquisition } from './improvement-acquisition.ts'
import { checkCounts, type Knowledge, ModelBasedSearch, type Strategy } from './model-based.ts'
import type { Algorithm, Evaluation, SearchProblem } from './searcher.ts'

export interface EhviOptions {
  /** Configurations drawn first; 10 by default. */
  readonly initial?: number
  /** Configurations that the acquisition is tried on before it climbs; 512 by default. */
  readonly candidates?: number
  /**
   * Up to which costs volume counts, one per objective; by default a tenth of the front's extent beyond its worst values,
   * and anew at every step. Give it where it is known what costs would be too much: with three objectives a front of
   * few points reaches far out, and the search would spend itself on its ends.
   */
  readonly reference?: readonly number[]
}

/**
 * The corner that volume counts up to: beyond the worst of the front, so that its ends have something to gain; beyond all
 * evaluations while the front is a single point.
 */
export function improvementReference(evaluations: readonly Evaluation<unknown>[]): number[] {
  const front = feasibleFront(evaluations).map(({ costs }) => costs)
  const corner = referenceBeyond(front)
  const flat = corner.map((_, k) => front.every((costs) => costs[k] === front[0]?.[k]))
  if (!flat.some(Boolean)) return corner
  const all = referenceBeyond(
    evaluations.filter((evaluation) => violation(evaluation) === 0).map(({ costs }) => costs),
  )
  return corner.map((value, k) => (flat[k] ? (all[k] as number) : value))
}

function strategy({
  initial,
  candidates,
  reference,
}: Required<Omit<EhviOptions, 'reference'>> & EhviOptions): Strategy {
  return {
    initial,
    quantities: (evaluations) =>
      (evaluations[0]?.costs ?? []).map((_, k) => evaluations.map(({ costs }) => costs[k] as number)),
    choose<C extends Configuration>({ problem, seen, evaluations, pending, models }: Knowledge<C>) {
      const { space, random, objectives } = problem
      const front = feasibleFront(evaluations)
      const corner = front.length === 0 ? undefined : (reference ?? improvementReference(evaluations))
      const known = front.map(({ costs }) => costs)
      const acquisition = improvementAcquisition({
        models,
        quantities: objectives,
        pending,
        known,
        reference: corner,
        random,
      })
      const incumbents = front.map(({ configuration }) => configuration)
      return maximiseAcquisition({ space, seen, random, incumbents, candidates }, acquisition)
    },
  }
}

/**
 * Expected hypervolume improvement, for one to three objectives, with constraints and any number of open trials: the
 * acquisition is exact and taken in logarithms, open trials are imagined in eight ways. Good where an evaluation costs
 * seconds or more and some hundred of them are all there will be.
 *
 * @throws RangeError for counts below 2 or a reference that is not finite; when started with more than three objectives
 */
export function ehvi({ initial = 10, candidates = 512, reference }: EhviOptions = {}): Algorithm {
  checkCounts({ initial, candidates })
  const broken = reference?.findIndex((value) => !Number.isFinite(value)) ?? -1
  if (broken >= 0)
    throw new RangeError(`\`reference[${broken}]\` must be a finite number, got ${reference?.[broken]}`)
  const options = { initial, candidates, ...(reference ? { reference } : {}) }
  return {
    description: { name: 'ehvi', initial, candidates, reference: reference?.join(' ') ?? 'beyond the front' },
    start<C extends Configuration>(problem: SearchProblem<C>) {
      if (problem.objectives > 3)
        throw new RangeError(`ehvi is for at most 3 objectives, got ${problem.objectives}; rsBo takes more`)
      if (reference && reference.length !== problem.objectives)
        throw new RangeError(
          `\`reference\` must have one number per objective, ${problem.objectives}, got ${reference.length}`,
        )
      return new ModelBasedSearch(problem, strategy(options))
    },
  }
}
