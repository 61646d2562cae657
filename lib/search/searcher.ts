// What proposes the next configuration: the interface of all search algorithms, and the obligations that let a study
// drive any of them, several trials at a time, and go on after a crash.

import type { Configuration } from '../space/configuration.ts'
import type { ParameterValue } from '../space/parameter.ts'
import type { Space } from '../space/space.ts'
import type { Random } from '../tensor/random.ts'

/** What became of a configuration: one cost per objective, to be minimised, or nothing where it failed. */
export type Outcome<C> =
  | { readonly configuration: C; readonly costs: readonly number[] }
  | { readonly configuration: C; readonly failed: true }

/**
 * A running search. Obligations of an implementation:
 *
 * - It is a function of the seed and of the calls so far, their order and arguments: a replay of the calls gives the same
 *   proposals and leaves the searcher in the same state. No clock, no other randomness.
 * - `ask` never waits for `tell`: any number of proposals may be open, and outcomes may come in any order, or never.
 * - No configuration is proposed twice. When there is none left, `ask` gives undefined, from then on for ever.
 * - `tell` also takes outcomes of configurations that were not asked for (a start from known results).
 * - A failed configuration is not proposed again and does not end the search.
 *
 * The caller tells only valid configurations with as many finite costs as the search has objectives.
 */
export interface Searcher<C extends Configuration = Configuration> {
  ask(): C | undefined
  tell(outcome: Outcome<C>): void
}

/** What a search is about. */
export interface SearchProblem<C extends Configuration = Configuration> {
  readonly space: Space<C>
  /** Number of objectives. */
  readonly objectives: number
  /** The searcher's own; nobody else draws from it. */
  readonly random: Random
}

/** An algorithm with its options, ready to search any space. */
export interface Algorithm {
  /** The name and every option with its value, defaults included: two algorithms described alike search alike. */
  readonly description: { readonly name: string; readonly [option: string]: ParameterValue }
  start<C extends Configuration>(problem: SearchProblem<C>): Searcher<C>
}
