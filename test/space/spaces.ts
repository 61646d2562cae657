// Spaces of every kind for the tests of spaces and searchers, with their number of configurations.

import { categorical, defineSpace, integer, ordinal, real, type Space, when } from '../../lib/space/index.ts'

export const layered = defineSpace({
  depth: integer({ low: 1, high: 3 }),
  first: categorical(['deltanet', 'mamba']),
  firstHeads: when({ first: ['deltanet'] }, categorical([1, 2, 4])),
  second: when({ depth: [2, 3] }, categorical(['deltanet', 'mamba', 'attention'])),
  secondHeads: when({ second: ['deltanet', 'attention'] }, categorical([1, 2])),
  third: when({ depth: [3] }, categorical(['deltanet', 'mamba'])),
  width: integer({ low: 64, high: 256, step: 64 }),
  bias: categorical([false, true]),
})

export const mixed = defineSpace({
  optimizer: categorical(['adamw', 'sgd']),
  rate: real({ low: 1e-5, high: 1e-1, log: true }),
  momentum: when({ optimizer: ['sgd'] }, real({ low: 0, high: 0.99 })),
  batch: integer({ low: 1, high: 512, log: true }),
})

export const tiny = defineSpace({
  a: categorical(['x', 'y']),
  b: when({ a: ['y'] }, integer({ low: 0, high: 2 })),
})

export const ordered = defineSpace({
  width: ordinal([192, 384, 768]),
  effort: ordinal(['low', 'middle', 'high']),
})

export const spaces: readonly { name: string; space: Space; size: bigint | undefined }[] = [
  { name: 'layered and conditional', space: layered, size: (1n + 5n + 5n * 2n) * 4n * 4n * 2n },
  { name: 'mixed with real parameters', space: mixed, size: undefined },
  { name: 'tiny', space: tiny, size: 4n },
  { name: 'ordered', space: ordered, size: 9n },
  { name: 'one configuration', space: defineSpace({ only: categorical([3]) }), size: 1n },
]
