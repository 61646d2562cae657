// How many configurations a space has. Conditions make them no plain product; counting by elimination keeps, for
// every combination of values that later conditions still ask for, the number of ways to come to it.

import { holds } from './condition.ts'
import type { Configuration } from './configuration.ts'
import type { Dimension } from './dimension.ts'
import type { ParameterValue } from './parameter.ts'

/** Puts every dimension as soon after those it depends on as can be, which keeps the combinations few. */
function eliminationOrder(dimensions: readonly Dimension[]): Dimension[] {
  const parents = new Set(dimensions.flatMap((dimension) => Object.keys(dimension.condition)))
  const placed = new Set<string>()
  const waiting = [...dimensions]
  const order: Dimension[] = []
  while (waiting.length > 0) {
    const ready = waiting.filter((dimension) =>
      Object.keys(dimension.condition).every((name) => placed.has(name)),
    )
    const next = ready.find((dimension) => !parents.has(dimension.name)) ?? (ready[0] as Dimension)
    waiting.splice(waiting.indexOf(next), 1)
    placed.add(next.name)
    order.push(next)
  }
  return order
}

/** Undefined where a real parameter makes them uncountable. */
export function cardinality(dimensions: readonly Dimension[]): bigint | undefined {
  if (dimensions.some((dimension) => dimension.parameter.size === undefined)) return undefined
  const order = eliminationOrder(dimensions)
  const lastUse = new Map<string, number>()
  order.forEach((dimension, i) => {
    for (const name of Object.keys(dimension.condition)) lastUse.set(name, i)
  })
  let states = new Map<string, { values: Configuration; ways: bigint }>([['{}', { values: {}, ways: 1n }]])
  order.forEach((dimension, i) => {
    const next: typeof states = new Map()
    const add = (values: Record<string, ParameterValue | undefined>, ways: bigint) => {
      const kept = Object.fromEntries(
        Object.entries(values).filter(([name]) => (lastUse.get(name) ?? -1) > i),
      )
      const key = JSON.stringify(kept)
      next.set(key, { values: kept, ways: (next.get(key)?.ways ?? 0n) + ways })
    }
    for (const { values, ways } of states.values())
      if (!holds(dimension.condition, values)) add(values, ways)
      else if (lastUse.has(dimension.name))
        for (const value of dimension.parameter.values()) add({ ...values, [dimension.name]: value }, ways)
      else add(values, ways * BigInt(dimension.parameter.size as number))
    states = next
  })
  return [...states.values()].reduce((sum, state) => sum + state.ways, 0n)
}
