// Evolution by generations, asked one child at a time. A generation ends when so many outcomes have come in, whatever is
// still open: with one trial at a time this is the textbook's loop, with many no trial waits for another.

import type { Configuration } from '../space/configuration.ts'
import { type BreedingOptions, breed } from './offspring.ts'
import type { Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

/** What makes an algorithm out of the loop. */
export interface Selection<C, Individual extends Evaluation<C>> {
  /** Those of `pool`, parents before children, that live on: at most `count`, with what `compare` needs. */
  survivors(pool: readonly Evaluation<C>[], count: number): Individual[]
  /** Negative where `a` is to win a tournament, positive where `b` is. */
  compare(a: Individual, b: Individual): number
}

export interface GenerationalOptions extends Required<BreedingOptions> {
  /** Survivors of a generation, and outcomes of the first one. */
  readonly population: number
  /** Outcomes that make a later generation. */
  readonly children: number
}

export class Generational<C extends Configuration, Individual extends Evaluation<C>> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly options_: GenerationalOptions
  private readonly selection_: Selection<C, Individual>
  private readonly seen_: Seen<C>
  /** Empty until the first generation is complete. */
  private parents_: Individual[] = []
  private arrived_: Evaluation<C>[] = []
  /** Parents in random order, two of them for the next tournament. */
  private contestants_: Individual[] = []

  constructor(problem: SearchProblem<C>, options: GenerationalOptions, selection: Selection<C, Individual>) {
    this.problem_ = problem
    this.options_ = options
    this.selection_ = selection
    this.seen_ = new Seen(problem.space)
  }

  get population(): readonly Evaluation<C>[] {
    return this.parents_
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    const propose =
      this.parents_.length === 0
        ? () => space.sample(random)
        : () => breed(space, this.tournament(), () => this.tournament(), this.options_, random)
    return this.seen_.next(propose, random)
  }

  tell(outcome: Outcome<C>): void {
    this.seen_.add(outcome.configuration)
    if ('failed' in outcome) return
    this.arrived_.push(outcome)
    const { population, children } = this.options_
    if (this.arrived_.length < (this.parents_.length === 0 ? population : children)) return
    this.parents_ = this.selection_.survivors([...this.parents_, ...this.arrived_], population)
    this.contestants_ = []
    this.arrived_ = []
  }

  /** The better of two parents; of equals, the first. All take part equally often, up to one time. */
  private tournament(): C {
    if (this.contestants_.length < 2) this.contestants_ = this.problem_.random.shuffle(this.parents_)
    const [a, b] = this.contestants_.splice(-2) as [Individual, Individual]
    return (this.selection_.compare(a, b) <= 0 ? a : b).configuration
  }
}
