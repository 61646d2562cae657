// How search makes configurations from nothing, from one and from two. All walk the parameters in order, so a
// parameter that a change makes active is drawn, and one that it makes inactive disappears.

import type { Random } from '../tensor/random.ts'
import type { Configuration } from './configuration.ts'
import { assemble, type Dimension } from './dimension.ts'
import type { ParameterValue } from './parameter.ts'

/** Every active parameter drawn on its own (not: every configuration with the same probability). */
export function sample(dimensions: readonly Dimension[], random: Random): Configuration {
  return assemble(dimensions, ({ parameter }) => parameter.sample(random))
}

/** `configuration` with the values of `changes`, completed by draws. */
function amend(
  dimensions: readonly Dimension[],
  configuration: Configuration,
  changes: ReadonlyMap<string, ParameterValue>,
  random: Random,
): Configuration {
  return assemble(
    dimensions,
    ({ name, parameter }) => changes.get(name) ?? configuration[name] ?? parameter.sample(random),
  )
}

/**
 * Another configuration: every active parameter takes another value with `probability`, and at least one does (one
 * drawn evenly, where the coins leave all as they are). The same configuration where no active parameter has a second
 * value.
 */
export function mutate(
  dimensions: readonly Dimension[],
  configuration: Configuration,
  random: Random,
  probability: number | undefined,
): Configuration {
  const free = dimensions.filter(
    ({ name, parameter }) => configuration[name] !== undefined && parameter.size !== 1,
  )
  if (free.length === 0) return configuration
  const share = probability ?? 1 / free.length
  const coins = free.filter(() => random.uniform() < share)
  const changes = new Map<string, ParameterValue>()
  for (const { name, parameter } of coins.length > 0 ? coins : [random.choice(free)])
    changes.set(name, parameter.mutate(configuration[name] as ParameterValue, random))
  return amend(dimensions, configuration, changes, random)
}

/** A child of two parents, parameter by parameter; a value that only one of them has is inherited. */
export function crossover(
  dimensions: readonly Dimension[],
  first: Configuration,
  second: Configuration,
  random: Random,
): Configuration {
  return assemble(dimensions, ({ name, parameter }) => {
    const [a, b] = [first[name], second[name]]
    if (a !== undefined && b !== undefined) return parameter.cross(a, b, random)
    return a ?? b ?? parameter.sample(random)
  })
}

/** Every configuration in which one active parameter has moved to a value next to its own. */
export function neighbours(
  dimensions: readonly Dimension[],
  configuration: Configuration,
  random: Random,
): Configuration[] {
  return dimensions.flatMap(({ name, parameter }) => {
    const value = configuration[name]
    if (value === undefined) return []
    return parameter
      .neighbours(value)
      .map((next) => amend(dimensions, configuration, new Map([[name, next]]), random))
  })
}
