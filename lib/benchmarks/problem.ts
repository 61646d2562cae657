// What algorithms are judged on: a search problem with everything a study needs, and the answer.

import { type Constraint, toConstraints } from '../search/constraint.ts'
import type { Worth } from '../search/feasibility.ts'
import { type Objective, toCosts, type Values } from '../search/objective.ts'
import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'

export interface BenchmarkProblem<C extends Configuration = Configuration> {
  readonly name: string
  readonly space: Space<C>
  readonly objectives: readonly Objective[]
  /** Empty where there are none. */
  readonly constraints: readonly Constraint[]
  /** The values of objectives and constraints, always the same for the same configuration. */
  evaluate(configuration: C): Values
  /** Points of the true front as costs to minimise, for distances; made when first asked for. */
  readonly front: readonly (readonly number[])[]
  /** The point, as costs, that hypervolumes reach up to. */
  readonly reference: readonly number[]
}

/** Values of a problem as searchers take them. */
export function worthOfValues(
  problem: Pick<BenchmarkProblem, 'objectives' | 'constraints'>,
  values: Values,
): Worth {
  const costs = toCosts(problem.objectives, values)
  if (problem.constraints.length === 0) return { costs }
  return { costs, constraints: toConstraints(problem.constraints, values) }
}

/** What a configuration is worth, as searchers take it. */
export function worthOf<C extends Configuration>(problem: BenchmarkProblem<C>, configuration: C): Worth {
  return worthOfValues(problem, problem.evaluate(configuration))
}

/** A tenth of the front's extent beyond its worst values: the ends of a front count, what is far behind it does not. */
export function referenceOf(front: readonly (readonly number[])[]): number[] {
  const objectives = front[0]?.length ?? 0
  return Array.from({ length: objectives }, (_, k) => {
    const values = front.map((point) => point[k] as number)
    const best = values.reduce((a, b) => Math.min(a, b))
    const worst = values.reduce((a, b) => Math.max(a, b))
    return best + 1.1 * (worst - best)
  })
}
