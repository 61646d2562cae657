// Problems that are formulas over real variables x1, x2, … All objectives f1, f2, … are minimised, and constraints g1,
// g2, … are met where they are at most 0.

import type { Constraint } from '../search/constraint.ts'
import type { Objective, Values } from '../search/objective.ts'
import type { Configuration } from '../space/configuration.ts'
import type { Parameter } from '../space/parameter.ts'
import { Space } from '../space/space.ts'
import { type BenchmarkProblem, referenceOf } from './problem.ts'

/** What a formula gives for one point. */
export interface Evaluated {
  readonly objectives: readonly number[]
  readonly constraints?: readonly number[]
}

export type Formula = (x: readonly number[]) => Evaluated

/** A problem by its formula. */
export interface SyntheticDefinition {
  readonly name: string
  /** One per variable. */
  readonly variables: readonly Parameter[]
  readonly objectives: number
  /** Number of constraints; 0 by default. */
  readonly constraints?: number
  readonly formula: Formula
  /** Points of the true front. */
  readonly front: () => readonly (readonly number[])[]
}

const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)

export class SyntheticProblem implements BenchmarkProblem {
  readonly name: string
  readonly space: Space
  readonly objectives: readonly Objective[]
  readonly constraints: readonly Constraint[]
  private readonly definition_: SyntheticDefinition
  private readonly variables_: readonly string[]
  private front_: readonly (readonly number[])[] | undefined

  constructor(definition: SyntheticDefinition) {
    const { name, variables, objectives, constraints = 0 } = definition
    this.definition_ = definition
    this.name = name
    this.variables_ = numbered('x', variables.length)
    this.space = new Space(Object.fromEntries(this.variables_.map((x, i) => [x, variables[i] as Parameter])))
    const quantity = { unit: '', source: 'by formula' }
    this.objectives = numbered('f', objectives).map((f) => ({ name: f, ...quantity, direction: 'minimize' }))
    this.constraints = numbered('g', constraints).map((g) => ({ name: g, ...quantity, atMost: 0 }))
  }

  /** The formula itself, for one number per variable. */
  formula(x: readonly number[]): Evaluated {
    return this.definition_.formula(x)
  }

  evaluate(configuration: Configuration): Values {
    const { objectives, constraints = [] } = this.formula(
      this.variables_.map((x) => Number(configuration[x])),
    )
    const values: Record<string, number> = {}
    objectives.forEach((value, i) => {
      values[`f${i + 1}`] = value
    })
    constraints.forEach((value, i) => {
      values[`g${i + 1}`] = value
    })
    return values
  }

  get front(): readonly (readonly number[])[] {
    this.front_ ??= this.definition_.front()
    return this.front_
  }

  get reference(): readonly number[] {
    return referenceOf(this.front)
  }
}
