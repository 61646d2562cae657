// Limits that a study's trials should keep to, and the border between a user's bounds and searchers, to which a number
// up to 0 is a constraint met.

import { shown } from '../space/parameter.ts'
import type { Objective, Values } from './objective.ts'

export type Constraint = {
  /** The key of the value it bounds: a quantity of its own, or one that is an objective too. */
  readonly name: string
  /** As of an objective. */
  readonly unit: string
  readonly source: string
} & ({ readonly atMost: number } | { readonly atLeast: number })

const bound = (constraint: Constraint): number =>
  'atMost' in constraint ? constraint.atMost : constraint.atLeast

/** A list of constraints, checked. Throws TypeError, RangeError. */
export function checkConstraints(constraints: readonly Constraint[]): readonly Constraint[] {
  return constraints.map((constraint) => {
    const { name, unit, source } = constraint
    for (const [field, value] of Object.entries({ name, unit, source }))
      if (typeof value !== 'string')
        throw new TypeError(`\`${field}\` of a constraint must be a string, got ${shown(value)}`)
    if (name === '') throw new RangeError('`name` of a constraint must not be empty')
    if ('atMost' in constraint === 'atLeast' in constraint)
      throw new RangeError(`the constraint of ${name} must have either \`atMost\` or \`atLeast\``)
    const kind = 'atMost' in constraint ? 'atMost' : 'atLeast'
    if (!Number.isFinite(bound(constraint)))
      throw new RangeError(`\`${kind}\` of ${name} must be a finite number, got ${shown(bound(constraint))}`)
    return 'atMost' in constraint
      ? { name, unit, source, atMost: constraint.atMost }
      : { name, unit, source, atLeast: constraint.atLeast }
  })
}

/** By how much each bound is passed, negative where there is room. */
export function toConstraints(constraints: readonly Constraint[], values: Values): number[] {
  return constraints.map((constraint) => {
    const value = values[constraint.name] as number
    return 'atMost' in constraint ? value - constraint.atMost : constraint.atLeast - value
  })
}

/** The quantities a trial of a study must give. */
export function quantities(
  objectives: readonly Objective[],
  constraints: readonly Constraint[],
): readonly { readonly name: string }[] {
  return [...objectives, ...constraints]
}
