// A parameter in its place: with its name and its condition. The functions of a space walk its dimensions in order,
// so that a condition is decided before the parameter it governs.

import { type Condition, holds } from './condition.ts'
import type { Configuration, Definition } from './configuration.ts'
import { type Parameter, type ParameterValue, shown } from './parameter.ts'

export interface Dimension {
  readonly name: string
  readonly parameter: Parameter
  /** Empty for a parameter that is always active. */
  readonly condition: Condition
}

/** The configuration that has `pick(dimension)` for every dimension its earlier values leave active. */
export function assemble(
  dimensions: readonly Dimension[],
  pick: (dimension: Dimension) => ParameterValue,
): Configuration {
  const configuration: Record<string, ParameterValue> = {}
  for (const dimension of dimensions)
    if (holds(dimension.condition, configuration)) configuration[dimension.name] = pick(dimension)
  return configuration
}

function checkCondition(name: string, condition: Condition, earlier: ReadonlyMap<string, Dimension>): void {
  for (const [parent, values] of Object.entries(condition)) {
    const dimension = earlier.get(parent)
    if (!dimension)
      throw new RangeError(
        `the condition of \`${name}\` must name parameters defined before it, got ${shown(parent)}`,
      )
    if (dimension.parameter.size === undefined)
      throw new RangeError(`the condition of \`${name}\` must not name the real parameter \`${parent}\``)
    if (!Array.isArray(values) || values.length === 0)
      throw new RangeError(`the condition of \`${name}\` must list values of \`${parent}\``)
    for (const value of values) dimension.parameter.check(value, `${parent}\` in the condition of \`${name}`)
  }
}

/** The dimensions of a definition, checked. */
export function dimensionsOf(definition: Definition): Dimension[] {
  const dimensions = new Map<string, Dimension>()
  for (const [name, entry] of Object.entries(definition)) {
    // A number would change the order of the parameters, a property of all objects would seem to be given.
    if (!/^[A-Za-z]/.test(name) || name in {})
      throw new RangeError(
        `the name of a parameter must start with a letter and be no property of every object, got ${shown(name)}`,
      )
    const conditional = 'condition' in entry
    const condition = conditional ? entry.condition : {}
    checkCondition(name, condition, dimensions)
    dimensions.set(name, { name, parameter: conditional ? entry.parameter : entry, condition })
  }
  if (dimensions.size === 0) throw new RangeError('a space must have at least one parameter')
  return [...dimensions.values()]
}
