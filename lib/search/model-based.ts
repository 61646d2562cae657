// What Bayesian searches share: they draw a first few configurations, then model every quantity by a Gaussian process and
// let an algorithm choose by the models. Open trials count as if they had come out as the models expect, in several
// ways where that matters, so that no trial waits for another.

import { GaussianProcess, type Hyperparameters } from '../predict/gaussian-process.ts'
import type { Configuration } from '../space/configuration.ts'
import type { Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

/** What a search knows when it has to choose. */
export interface Knowledge<C extends Configuration> {
  readonly problem: SearchProblem<C>
  readonly seen: Seen<C>
  readonly evaluations: readonly Evaluation<C>[]
  /** Encoded, asked and not told. */
  readonly pending: readonly (readonly number[])[]
  /** One per quantity and constraint, of the evaluations alone. */
  readonly models: readonly GaussianProcess[]
}

export interface Strategy {
  /** Drawn before models are used. */
  readonly initial: number
  /** The modelled quantities of evaluations, one list per quantity; constraints are modelled beside them. */
  quantities(evaluations: readonly Evaluation<unknown>[]): number[][]
  /** The next configuration, not seen before; undefined to draw one. */
  choose<C extends Configuration>(knowledge: Knowledge<C>): C | undefined
}

/** More open trials than this are too many to imagine; the latest count. */
const mostPending = 64

/** Evaluations after which hyper-parameters were last learnt: again whenever there are an eighth more. */
function learntAt(count: number): number {
  let at = 1
  while (at + Math.max(1, at >> 3) <= count) at += Math.max(1, at >> 3)
  return at
}

/** The column of an encoding by the parameter it belongs to: one length scale each. */
function groupsOf(dimensions: SearchProblem['space']['dimensions']): number[] {
  return dimensions.flatMap(({ parameter }, i) => new Array<number>(parameter.width).fill(i))
}

export class ModelBasedSearch<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly strategy_: Strategy
  private readonly seen_: Seen<C>
  private readonly groups_: readonly number[]
  private readonly evaluations_: Evaluation<C>[] = []
  private readonly inputs_: number[][] = []
  private readonly open_ = new Map<string, readonly number[]>()
  private hyperparameters_: readonly Hyperparameters[] = []
  private learntAt_ = 0

  constructor(problem: SearchProblem<C>, strategy: Strategy) {
    this.problem_ = problem
    this.strategy_ = strategy
    this.seen_ = new Seen(problem.space)
    this.groups_ = groupsOf(problem.space.dimensions)
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    const count = this.evaluations_.length
    const early = count < 2 || count + this.open_.size < this.strategy_.initial
    const chosen = early ? undefined : this.choose()
    if (chosen) this.seen_.add(chosen)
    const configuration = chosen ?? this.seen_.next(() => space.sample(random), random)
    if (configuration) this.open_.set(space.key(configuration), space.encode(configuration))
    return configuration
  }

  tell(outcome: Outcome<C>): void {
    const { space } = this.problem_
    this.seen_.add(outcome.configuration)
    this.open_.delete(space.key(outcome.configuration))
    if ('failed' in outcome) return
    this.evaluations_.push(outcome)
    this.inputs_.push(space.encode(outcome.configuration))
  }

  private choose(): C | undefined {
    return this.strategy_.choose({
      problem: this.problem_,
      seen: this.seen_,
      evaluations: this.evaluations_,
      pending: [...this.open_.values()].slice(-mostPending),
      models: this.models(),
    })
  }

  private columns(count: number): number[][] {
    const evaluations = this.evaluations_.slice(0, count)
    const constraints = Array.from({ length: this.problem_.constraints ?? 0 }, (_, k) =>
      evaluations.map((evaluation) => evaluation.constraints?.[k] as number),
    )
    return [...this.strategy_.quantities(evaluations), ...constraints]
  }

  private models(): GaussianProcess[] {
    const count = this.evaluations_.length
    const at = learntAt(count)
    if (at !== this.learntAt_) {
      // By what was told alone, whenever it is asked: a replay learns the same.
      const inputs = this.inputs_.slice(0, at)
      this.hyperparameters_ = this.columns(at).map(
        (column) => GaussianProcess.fit(inputs, column, { groups: this.groups_ }).hyperparameters,
      )
      this.learntAt_ = at
    }
    return this.columns(count).map((column, i) =>
      GaussianProcess.fit(this.inputs_, column, {
        groups: this.groups_,
        hyperparameters: this.hyperparameters_[i] as Hyperparameters,
      }),
    )
  }
}

/** Checks the options that all strategies have. Throws RangeError. */
export function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts))
    if (!Number.isSafeInteger(count) || count < 2)
      throw new RangeError(`\`${name}\` must be a whole number from 2 on, got ${count}`)
}
