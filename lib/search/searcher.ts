// What proposes the next configuration: the interface of all search algorithms, and the obligations that let a study
// drive any of them, several trials at a time, and go on after a crash.

import type { Configuration } from '../space/configuration.ts'
import type { ParameterValue } from '../space/parameter.ts'
import type { Space } from '../space/space.ts'
import type { Random } from '../tensor/random.ts'

/** What a configuration is worth. */
export interface Evaluation<C> {
  readonly configuration: C
  /** One cost per objective, to be minimised. */
  readonly costs: readonly number[]
  /** One number per constraint of the problem, at most 0 where the constraint is met; absent where there are none. */
  readonly constraints?: readonly number[]
}

/** What became of a configuration: its worth, or nothing where it failed. */
export type Outcome<C> = Evaluation<C> | { readonly configuration: C; readonly failed: true }

/** What a configuration is worth part of the way. */
export interface Intermediate<C> extends Evaluation<C> {
  /** How much of the work that makes an evaluation exact is done: epochs, steps, examples. Positive. */
  readonly fidelity: number
}

/** Whether an evaluation is worth going on with. */
export type Decision = 'continue' | 'stop'

/**
 * A running search. Obligations of an implementation:
 *
 * - It is a function of the seed and of the calls so far, their order and arguments: a replay of the calls gives the same
 *   proposals and decisions and leaves the searcher in the same state. No clock, no other randomness.
 * - `ask` never waits for `tell`: any number of proposals may be open, and outcomes may come in any order, or never.
 * - No configuration is proposed twice. When there is none left, `ask` gives undefined, from then on for ever.
 * - `tell` also takes outcomes of configurations that were not asked for (a start from known results).
 * - A failed configuration is not proposed again and does not end the search.
 * - What breaks constraints is worse than anything that meets them, and the worse the more it breaks them in sum; where
 *   that decides nothing, costs do (Deb 2000; `feasibility.ts`).
 *
 * The caller tells only valid configurations with as many finite costs as the search has objectives, and as many finite
 * numbers as it has constraints.
 *
 * Algorithms that judge evaluations part of the way have `report`. The caller reports what a configuration is worth at
 * rising fidelities, before it tells the outcome at the full one, and gives the configuration up when the answer is
 * `stop`: then it neither reports nor tells more of it. An evaluation that starts anew, after a crash, reports anew.
 * `report` decides at once, by what was reported so far; whatever is still open cannot delay it.
 */
export interface Searcher<C extends Configuration = Configuration> {
  ask(): C | undefined
  tell(outcome: Outcome<C>): void
  report?(intermediate: Intermediate<C>): Decision
  /** What an algorithm of limited memory holds on to: an answer of limited size, and what it proposes from. */
  readonly population?: readonly Evaluation<C>[]
}

/** What a search is about. */
export interface SearchProblem<C extends Configuration = Configuration> {
  readonly space: Space<C>
  /** Number of objectives. */
  readonly objectives: number
  /** Number of constraints; 0 by default. */
  readonly constraints?: number
  /** The searcher's own; nobody else draws from it. */
  readonly random: Random
}

/** An algorithm with its options, ready to search any space. */
export interface Algorithm {
  /** The name and every option with its value, defaults included: two algorithms described alike search alike. */
  readonly description: { readonly name: string; readonly [option: string]: ParameterValue }
  start<C extends Configuration>(problem: SearchProblem<C>): Searcher<C>
}
