// Problems whose configurations were all evaluated: a row of values for each, and the exact front.

import type { Constraint } from '../search/constraint.ts'
import { type Objective, toCosts, type Values } from '../search/objective.ts'
import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'
import { withoutDominated } from './front-sampling.ts'
import { type BenchmarkProblem, referenceOf } from './problem.ts'

export interface TabularDefinition<C extends Configuration> {
  readonly name: string
  readonly space: Space<C>
  readonly objectives: readonly Objective[]
  /** By the key of the row's configuration; every configuration of the space has one. */
  readonly values: ReadonlyMap<string, Values>
  /** The row a configuration is in. */
  readonly keyOf: (configuration: C) => string
  /** As costs; by default a tenth of the front's extent beyond it. */
  readonly reference?: readonly number[]
}

export class TabularProblem<C extends Configuration> implements BenchmarkProblem<C> {
  readonly name: string
  readonly space: Space<C>
  readonly objectives: readonly Objective[]
  readonly constraints: readonly Constraint[] = []
  private readonly definition_: TabularDefinition<C>
  private front_: readonly (readonly number[])[] | undefined

  constructor(definition: TabularDefinition<C>) {
    this.definition_ = definition
    this.name = definition.name
    this.space = definition.space
    this.objectives = definition.objectives
  }

  /** @throws RangeError when the table has no row for the configuration */
  evaluate(configuration: C): Values {
    const key = this.definition_.keyOf(configuration)
    const values = this.definition_.values.get(key)
    if (values === undefined) throw new RangeError(`${this.name} must have a row ${key}`)
    return values
  }

  /** Exact. */
  get front(): readonly (readonly number[])[] {
    this.front_ ??= withoutDominated(
      [...this.definition_.values.values()].map((values) => toCosts(this.objectives, values)),
    )
    return this.front_
  }

  get reference(): readonly number[] {
    return this.definition_.reference ?? referenceOf(this.front)
  }
}
