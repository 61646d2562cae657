// Proposals without repetition: what keeps searchers from measuring the same configuration twice.

import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'
import type { Random } from '../tensor/random.ts'

/** So many proposals in a row may be known before draws are tried, and so many draws before the space is listed. */
const patience = 64

/** Draws after which a space with real parameters is taken to have no way to them. */
const drawLimit = 100_000

/** Unseen configurations gathered at most for one draw, so that a huge space is not listed whole. */
const gathered = 1024

/** The configurations a searcher has met. */
export class Seen<C extends Configuration> {
  private readonly keys_ = new Set<string>()
  private readonly space_: Space<C>

  constructor(space: Space<C>) {
    this.space_ = space
  }

  add(configuration: C): void {
    this.keys_.add(this.space_.key(configuration))
  }

  has(configuration: C): boolean {
    return this.keys_.has(this.space_.key(configuration))
  }

  /**
   * A configuration not met before, which from now on is: the first new one of `propose()`, or, where that keeps giving
   * known ones, a drawn one. Undefined when the space has no other.
   */
  next(propose: () => C, random: Random): C | undefined {
    const exhausted = this.space_.size !== undefined && this.space_.size <= BigInt(this.keys_.size)
    if (exhausted) return undefined
    for (let tries = 0; tries < 2 * patience; tries++) {
      const configuration = tries < patience ? propose() : this.space_.sample(random)
      if (this.has(configuration)) continue
      this.add(configuration)
      return configuration
    }
    const any = this.anyUnseen(random)
    if (any) this.add(any)
    return any
  }

  private anyUnseen(random: Random): C | undefined {
    // Intervals of real numbers are never used up, but may be open to few draws, or to none.
    for (let draws = 0; this.space_.size === undefined; draws++) {
      const configuration = this.space_.sample(random)
      if (!this.has(configuration)) return configuration
      if (draws === drawLimit) return undefined
    }
    const unseen: C[] = []
    for (const configuration of this.space_) {
      if (!this.has(configuration)) unseen.push(configuration)
      if (unseen.length === gathered) break
    }
    return unseen.length > 0 ? random.choice(unseen) : undefined
  }
}
