// All configurations of a space one after another, the last parameter changing fastest.

import { holds } from './condition.ts'
import type { Configuration } from './configuration.ts'
import type { Dimension } from './dimension.ts'

export function* enumerate(
  dimensions: readonly Dimension[],
  start: Configuration = {},
  depth = 0,
): Generator<Configuration> {
  const dimension = dimensions[depth]
  if (!dimension) yield start
  else if (!holds(dimension.condition, start)) yield* enumerate(dimensions, start, depth + 1)
  else
    for (const value of dimension.parameter.values())
      yield* enumerate(dimensions, { ...start, [dimension.name]: value }, depth + 1)
}
