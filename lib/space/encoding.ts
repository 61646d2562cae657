// Configurations as vectors of fixed length, for surrogates: every parameter has its place, in the order of the
// space. An inactive parameter is all zeros where it is one-hot and -1 where it is a number, values no active one has.

import type { Configuration } from './configuration.ts'
import { assemble, type Dimension } from './dimension.ts'

const inactiveOrdinal = -1

/** Length of the vectors. */
export function encodedWidth(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((sum, dimension) => sum + dimension.parameter.width, 0)
}

export function encode(dimensions: readonly Dimension[], configuration: Configuration): number[] {
  return dimensions.flatMap(({ name, parameter }) => {
    const value = configuration[name]
    if (value !== undefined) return parameter.encode(value)
    const absent = parameter.describe().kind === 'categorical' ? 0 : inactiveOrdinal
    return new Array<number>(parameter.width).fill(absent)
  })
}

/** The configuration whose values are nearest to `numbers`, place by place; any numbers give a valid one. */
export function decode(dimensions: readonly Dimension[], numbers: readonly number[]): Configuration {
  const places = new Map<string, number>()
  let width = 0
  for (const { name, parameter } of dimensions) {
    places.set(name, width)
    width += parameter.width
  }
  return assemble(dimensions, ({ name, parameter }) => {
    const place = places.get(name) as number
    return parameter.decode(numbers.slice(place, place + parameter.width))
  })
}
