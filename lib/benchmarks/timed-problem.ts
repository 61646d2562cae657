// Problems whose evaluations were trainings, recorded step by step with the time they took.

import type { Values } from '../search/objective.ts'
import type { Configuration } from '../space/configuration.ts'
import type { BenchmarkProblem } from './problem.ts'

export interface TimedProblem<C extends Configuration = Configuration> extends BenchmarkProblem<C> {
  /** How far an evaluation may have come when it says what it is worth; ascending, the last one is the full fidelity. */
  readonly fidelities: readonly number[]
  /** The values at a fidelity; those of `evaluate` at the full one. */
  evaluateAt(configuration: C, fidelity: number): Values
  /** Seconds from the start of an evaluation until it has come to a fidelity; rising with it. */
  secondsUntil(configuration: C, fidelity: number): number
}
