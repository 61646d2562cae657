// Children of parents, and the options of all algorithms that breed.

import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'
import type { Random } from '../tensor/random.ts'

export interface BreedingOptions {
  /** Probability that a child has two parents; 0.9 by default. */
  readonly crossover?: number
  /** Probability that a child is mutated, one parameter on average; 0.9 by default. */
  readonly mutation?: number
}

export const breedingDefaults: Required<BreedingOptions> = { crossover: 0.9, mutation: 0.9 }

/**
 * A child of `first` and, mostly, of what `second()` gives. A mutation changes one parameter on average: more would make
 * a child a draw that knows little of its parents.
 */
export function breed<C extends Configuration>(
  space: Space<C>,
  first: C,
  second: () => C,
  options: Required<BreedingOptions>,
  random: Random,
): C {
  const crossed = random.uniform() < options.crossover
  const child = crossed ? space.crossover(first, second(), random) : first
  return random.uniform() < options.mutation ? space.mutate(child, random) : child
}

/** Throws TypeError, RangeError unless `value` is a probability. */
export function checkShare(name: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${typeof value}`)
  if (!(value >= 0 && value <= 1)) throw new RangeError(`\`${name}\` must lie in [0, 1], got ${value}`)
}

/** Throws TypeError, RangeError unless both are probabilities. */
export function checkBreeding(options: Required<BreedingOptions>): void {
  checkShare('crossover', options.crossover)
  checkShare('mutation', options.mutation)
}

/** Throws RangeError unless `value` is a whole number from `least` on. */
export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`\`${name}\` must be a whole number from ${least} on, got ${value}`)
}
