// A space as plain JSON and back: what a study writes down to know its space again.

import { categorical } from './categorical.ts'
import { type Condition, type Conditional, when } from './condition.ts'
import type { Dimension } from './dimension.ts'
import { integer } from './integer.ts'
import { ordinal } from './ordinal.ts'
import { type Parameter, type ParameterDescription, shown } from './parameter.ts'
import { real } from './real.ts'

export type DimensionDescription = ParameterDescription & {
  readonly name: string
  /** The condition, where there is one. */
  readonly when?: Condition
}

export interface SpaceDescription {
  /** Of this format. */
  readonly version: 1
  readonly parameters: readonly DimensionDescription[]
}

export function describe(dimensions: readonly Dimension[]): SpaceDescription {
  const parameters = dimensions.map(({ name, parameter, condition }) => ({
    name,
    ...parameter.describe(),
    ...(Object.keys(condition).length > 0 ? { when: condition } : {}),
  }))
  return { version: 1, parameters }
}

function parameterOf(description: DimensionDescription): Parameter {
  switch (description.kind) {
    case 'categorical':
      return categorical(description.choices)
    case 'ordinal':
      return ordinal(description.choices)
    case 'integer':
      return integer(description)
    case 'real':
      return real(description)
    default:
      throw new RangeError(
        `the kind of a parameter must be categorical, ordinal, integer or real, got ${shown((description as { kind: unknown }).kind)}`,
      )
  }
}

/**
 * The definition of a described space.
 *
 * @throws TypeError, RangeError when `description` is none of this version
 */
export function definitionFrom(description: SpaceDescription): [string, Parameter | Conditional][] {
  if (typeof description !== 'object' || description === null || !Array.isArray(description.parameters))
    throw new TypeError('`description` must be an object with `version` and `parameters`')
  if (description.version !== 1)
    throw new RangeError(`\`description.version\` must be 1, got ${shown(description.version)}`)
  return description.parameters.map((dimension) => {
    if (typeof dimension !== 'object' || dimension === null || typeof dimension.name !== 'string')
      throw new TypeError('every parameter of `description` must be an object with a `name`')
    const parameter = parameterOf(dimension)
    return [dimension.name, dimension.when ? when(dimension.when, parameter) : parameter]
  })
}
