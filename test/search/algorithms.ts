// Every search algorithm, for the batteries that run over all of them.

import {
  type Algorithm,
  ehvi,
  localSearch,
  lsBo,
  moAsha,
  moead,
  nsga2,
  nsga3,
  randomSearch,
  regularizedEvolution,
  rsBo,
  smsEmoa,
} from '../../lib/search/index.ts'

export const algorithms: readonly {
  name: string
  algorithm: Algorithm
  /** Draws, whatever came out before. */
  blind?: true
  /** Takes its time for every proposal, and gets fewer to make. */
  costly?: true
}[] = [
  { name: 'random search', algorithm: randomSearch(), blind: true },
  { name: 'NSGA-II', algorithm: nsga2({ population: 8 }) },
  { name: 'NSGA-III', algorithm: nsga3({ population: 8 }) },
  { name: 'MOEA/D', algorithm: moead({ directions: 8, neighbours: 3 }) },
  { name: 'SMS-EMOA', algorithm: smsEmoa({ population: 8 }) },
  { name: 'regularised evolution', algorithm: regularizedEvolution({ population: 12, sample: 4 }) },
  { name: 'local search', algorithm: localSearch() },
  { name: 'MO-ASHA', algorithm: moAsha({ full: 27 }), blind: true },
  { name: 'NSGA-II without crossover', algorithm: nsga2({ population: 4, crossover: 0, mutation: 1 }) },
  { name: 'EHVI', algorithm: ehvi({ initial: 6, candidates: 32 }), costly: true },
  { name: 'LS-BO', algorithm: lsBo({ initial: 6, candidates: 32 }), costly: true },
  { name: 'RS-BO', algorithm: rsBo({ initial: 6, candidates: 64 }), costly: true },
]
