// Strings that grow as they are learned: tasks whose answers hang on every token of a string are not learned from long
// ones, and how long they may be how soon differs from network to network.

import type { StateTrackingRecipe } from './recipes.ts'

/** Share of the steps at which strings begin to grow whether they are learned or not, and at which they are full-grown. */
const forced = { from: 0.5, to: 0.75 }

/** What the last loss weighs in the running mean. */
const newest = 0.1

export class Curriculum {
  readonly #recipe: StateTrackingRecipe
  #longest: number
  #loss = Number.POSITIVE_INFINITY

  constructor(recipe: StateTrackingRecipe) {
    this.#recipe = recipe
    this.#longest = recipe.curriculum?.first ?? recipe.maximum
  }

  /** The longest string of a step. The last quarter of the steps has the full length whatever was learned. */
  longest(step: number): number {
    const { curriculum, steps, maximum } = this.#recipe
    if (!curriculum) return maximum
    const share = Math.min(1, Math.max(0, (step / steps - forced.from) / (forced.to - forced.from)))
    const forcedLength = curriculum.first + Math.round(share * (maximum - curriculum.first))
    return Math.max(this.#longest, forcedLength)
  }

  /** Takes note of the loss of a step. */
  learn(loss: number): void {
    const { curriculum, maximum } = this.#recipe
    if (!curriculum || this.#longest >= maximum) return
    const before = Math.min(this.#loss, 10 * curriculum.learned)
    this.#loss = (1 - newest) * before + newest * loss
    if (this.#loss >= curriculum.learned) return
    this.#longest = Math.min(maximum, this.#longest + curriculum.growth)
    // The longer strings have to show that they are learned, too.
    this.#loss = 1.5 * curriculum.learned
  }
}
