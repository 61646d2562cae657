// Asynchronous successive halving for several objectives (Schmucker, Donini, Zafar, Salinas & Archambeau 2021,
// "Multi-objective asynchronous successive halving"): draws whose evaluations end early where others are ahead of them.

import type { Configuration } from '../space/configuration.ts'
import { checkCount } from './offspring.ts'
import type {
  Algorithm,
  Decision,
  Evaluation,
  Intermediate,
  Outcome,
  Searcher,
  SearchProblem,
} from './searcher.ts'
import { spreadOrder } from './spread-order.ts'
import { Seen } from './unseen.ts'

export interface MoAshaOptions {
  /** The full fidelity, at which nothing is stopped any more: epochs, steps, as in reports. */
  readonly full: number
  /** The lowest fidelity at which an evaluation may end; 1 by default. */
  readonly grace?: number
  /** One in so many goes on at every rung, and rungs are so many times apart; 3 by default. */
  readonly reduction?: number
}

/** A fidelity at which evaluations are compared, and what has reached it by configuration. */
interface Rung<C> {
  readonly fidelity: number
  readonly reached: Map<string, Evaluation<C>>
}

class MoAsha<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly reduction_: number
  private readonly seen_: Seen<C>
  /** The lowest first; none at the full fidelity. */
  private readonly rungs_: Rung<C>[] = []

  constructor(problem: SearchProblem<C>, { full, grace, reduction }: Required<MoAshaOptions>) {
    this.problem_ = problem
    this.reduction_ = reduction
    this.seen_ = new Seen(problem.space)
    for (let fidelity = grace; fidelity < full; fidelity *= reduction)
      this.rungs_.push({ fidelity, reached: new Map() })
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    return this.seen_.next(() => space.sample(random), random)
  }

  report(intermediate: Intermediate<C>): Decision {
    this.seen_.add(intermediate.configuration)
    // A caller that reports more seldom than there are rungs is judged at the highest it has come to.
    const rung = this.rungs_.filter(({ fidelity }) => fidelity <= intermediate.fidelity).at(-1)
    const key = this.problem_.space.key(intermediate.configuration)
    if (rung === undefined || rung.reached.has(key)) return 'continue'
    rung.reached.set(key, intermediate)
    const places = spreadOrder([...rung.reached.values()])
    const promoted = Math.ceil(places.length / this.reduction_)
    return (places.at(-1) as number) < promoted ? 'continue' : 'stop'
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
  }
}

/**
 * MO-ASHA: draws; at each rung (grace, grace x reduction, … below the full fidelity) an evaluation goes on while it is
 * among the best `1 / reduction` that have come so far, by rank and then by its place on a spread-out front. For studies
 * whose trials report (`Study.report`); where nothing is reported it is random search.
 *
 * @throws RangeError for a fidelity that is not positive, or a reduction below 2
 */
export function moAsha({ full, grace = 1, reduction = 3 }: MoAshaOptions): Algorithm {
  for (const [name, value] of Object.entries({ full, grace }))
    if (!(Number.isFinite(value) && value > 0))
      throw new RangeError(`\`${name}\` must be a positive number, got ${value}`)
  checkCount('reduction', reduction, 2)
  const options = { full, grace, reduction }
  return {
    description: { name: 'mo-asha', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) => new MoAsha(problem, options),
  }
}
