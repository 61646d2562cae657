// SMS-EMOA (Beume, Naujoks & Emmerich 2007, "SMS-EMOA: multiobjective selection based on dominated hypervolume"): every
// outcome replaces the one that the hypervolume needs least.

import type { Configuration } from '../space/configuration.ts'
import { feasibleFirstSort } from './feasibility.ts'
import { Generational } from './generational.ts'
import { exclusiveVolumes } from './hypervolume.ts'
import { type BreedingOptions, breedingDefaults, checkBreeding, checkCount } from './offspring.ts'
import type { Points } from './points.ts'
import { rangesOf, scaled } from './scaling.ts'
import type { Algorithm, Evaluation, SearchProblem } from './searcher.ts'

export interface SmsEmoaOptions extends BreedingOptions {
  /** Survivors; 50 by default. */
  readonly population?: number
}

interface Individual<C> extends Evaluation<C> {
  readonly rank: number
}

/**
 * How far beyond the worst of the scaled front the reference point lies. It must lie beyond, or the ends of the front
 * would count nothing; this far, they are all but never the least.
 */
const reach = 10

/** What every point adds to the hypervolume of a front, in units of the front's extent. */
export function contributions(front: Points): number[] {
  const ranges = rangesOf(front)
  return exclusiveVolumes(
    front.map((point) => scaled(point, ranges)),
    ranges.map(() => 1 + reach),
  )
}

/** `pool` without the least of its worst front, as often as it is too large; of equals, the later goes. */
function survivors<C>(pool: readonly Evaluation<C>[], count: number): Individual<C>[] {
  const ranks = feasibleFirstSort(pool)
  let left = pool.map((evaluation, i) => ({ ...evaluation, rank: ranks[i] as number }))
  while (left.length > count) {
    const worst = left.reduce((rank, individual) => Math.max(rank, individual.rank), 0)
    const front = left.filter((individual) => individual.rank === worst)
    const volumes = contributions(front.map(({ costs }) => costs))
    const least = volumes.lastIndexOf(Math.min(...volumes))
    left = left.filter((individual) => individual !== front[least])
  }
  return left
}

/**
 * SMS-EMOA: tournaments by rank, the children of NSGA-II, and one survivor fewer after every outcome: of the worst front,
 * the one that adds least to its hypervolume. For two and three objectives; each more makes an outcome tenfold dearer.
 *
 * @throws TypeError, RangeError for a population below 2 or probabilities outside [0, 1]
 */
export function smsEmoa({ population = 50, ...breeding }: SmsEmoaOptions = {}): Algorithm {
  checkCount('population', population, 2)
  const options = { population, ...breedingDefaults, ...breeding }
  checkBreeding(options)
  return {
    description: { name: 'sms-emoa', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) =>
      new Generational<C, Individual<C>>(
        problem,
        { ...options, children: 1 },
        { survivors, compare: (a, b) => a.rank - b.rank },
      ),
  }
}
