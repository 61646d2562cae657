// Every search algorithm, for the batteries that run over all of them.

import { type Algorithm, nsga2, randomSearch } from '../../lib/search/index.ts'

export const algorithms: readonly {
  name: string
  algorithm: Algorithm
  /** Draws, whatever came out before. */
  blind?: true
}[] = [
  { name: 'random search', algorithm: randomSearch(), blind: true },
  { name: 'NSGA-II', algorithm: nsga2({ population: 8 }) },
  { name: 'NSGA-II without crossover', algorithm: nsga2({ population: 4, crossover: 0, mutation: 1 }) },
]
