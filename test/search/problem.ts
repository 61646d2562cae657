// A small problem with a known answer for the tests of studies: minimise a cost, maximise a gain that asks for more of it.

import type { Objective, StudyOptions, Values } from '../../lib/search/index.ts'
import { memoryStorage, nsga2 } from '../../lib/search/index.ts'
import type { Space } from '../../lib/space/index.ts'
import { layered } from '../space/spaces.ts'

export const objectives: readonly Objective[] = [
  { name: 'cost', unit: 's', direction: 'minimize', source: 'by formula' },
  { name: 'gain', unit: '', direction: 'maximize', source: 'by formula' },
]

type Layered = typeof layered extends Space<infer C> ? C : never

export function evaluate(configuration: Layered): Values {
  const numbers = layered.encode(configuration)
  const cost = numbers.reduce((sum, value) => sum + value, 0)
  return { cost, gain: Math.sin(3 * cost) + numbers.reduce((sum, value, i) => sum + value * i, 0) }
}

export const problem = {
  space: layered,
  objectives,
  searcher: nsga2({ population: 10 }),
  seed: 11,
  storage: memoryStorage(),
} satisfies StudyOptions<Layered>
