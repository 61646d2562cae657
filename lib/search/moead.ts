// MOEA/D (Zhang & Li 2007, "MOEA/D: a multiobjective evolutionary algorithm based on decomposition"): one scalar problem
// per direction, solved side by side, each with the help of its neighbours.
//
//   w       weights of a direction, summing to one
//   z       costs in units of the population's extent, from its best values on
//   d1, d2  length of z along w, and its distance from that line

import type { Configuration } from '../space/configuration.ts'
import { directionsFor } from './directions.ts'
import { violation } from './feasibility.ts'
import { type BreedingOptions, breed, checkBreeding, checkCount, checkShare } from './offspring.ts'
import { type Range, rangesOf, scaled } from './scaling.ts'
import type { Algorithm, Evaluation, Outcome, Searcher, SearchProblem } from './searcher.ts'
import { Seen } from './unseen.ts'

export interface MoeadOptions extends BreedingOptions {
  /** Directions at most, of which the finest even lattice is taken; 50 by default. */
  readonly directions?: number
  /** Directions a direction has to do with, itself among them; 20 by default. */
  readonly neighbours?: number
  /** Probability that both parents are of the neighbourhood, and not of all; 0.9 by default. */
  readonly neighbourMating?: number
}

/** Weight of the distance from a direction against the length along it (section III-A-3). */
const boundaryPenalty = 5

/** Tchebycheff for two objectives, which reaches the ends of any front; boundary intersection beyond, which spreads. */
function scalarized(z: readonly number[], w: readonly number[]): number {
  if (w.length <= 2)
    return w.reduce((most, weight, k) => Math.max(most, weight * Math.abs(z[k] as number)), 0)
  const length = Math.hypot(...w)
  const d1 = w.reduce((sum, weight, k) => sum + weight * (z[k] as number), 0) / length
  const d2 = Math.hypot(...w.map((weight, k) => (z[k] as number) - (d1 * weight) / length))
  return d1 + boundaryPenalty * d2
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, k) => value - (b[k] as number)))

class Moead<C extends Configuration> implements Searcher<C> {
  private readonly problem_: SearchProblem<C>
  private readonly options_: Required<MoeadOptions>
  private readonly seen_: Seen<C>
  private readonly directions_: readonly (readonly number[])[]
  /** Per direction, the nearest ones. */
  private readonly neighbourhoods_: readonly (readonly number[])[]
  /** The best of each direction, once there are outcomes for all. */
  private best_: Evaluation<C>[] = []
  private first_: Evaluation<C>[] = []
  /** Directions of proposals that are open, by configuration. */
  private readonly open_ = new Map<string, number>()
  /** Directions still to have a child in this round. */
  private waiting_: number[] = []

  constructor(problem: SearchProblem<C>, options: Required<MoeadOptions>) {
    this.problem_ = problem
    this.options_ = options
    this.seen_ = new Seen(problem.space)
    this.directions_ = directionsFor(problem.objectives, options.directions)
    const all = this.directions_.map((_, i) => i)
    this.neighbourhoods_ = this.directions_.map((own) => {
      const far = (i: number) => distance(own, this.directions_[i] as readonly number[])
      return [...all].sort((a, b) => far(a) - far(b) || a - b).slice(0, options.neighbours)
    })
  }

  get population(): readonly Evaluation<C>[] {
    return [...new Set(this.best_)]
  }

  ask(): C | undefined {
    const { space, random } = this.problem_
    if (this.best_.length === 0) return this.seen_.next(() => space.sample(random), random)
    if (this.waiting_.length === 0) this.waiting_ = random.shuffle(this.directions_.map((_, i) => i))
    const direction = this.waiting_.pop() as number
    const local = random.uniform() < this.options_.neighbourMating
    const pool = local ? (this.neighbourhoods_[direction] as readonly number[]) : undefined
    const parent = () => {
      const i = pool ? random.choice(pool) : random.integer(0, this.best_.length)
      return (this.best_[i] as Evaluation<C>).configuration
    }
    const child = this.seen_.next(() => breed(space, parent(), parent, this.options_, random), random)
    if (child) this.open_.set(space.key(child), local ? direction : everywhere)
    return child
  }

  tell(outcome: Outcome<C>): void {
    const key = this.problem_.space.key(outcome.configuration)
    const direction = this.open_.get(key) ?? everywhere
    this.open_.delete(key)
    this.seen_.add(outcome.configuration)
    if ('failed' in outcome) return
    if (this.best_.length === 0) this.begin(outcome)
    else this.replace(outcome, direction)
  }

  /** The first outcomes start the directions as they come; neighbours soon take over what suits them better. */
  private begin(outcome: Evaluation<C>): void {
    this.first_.push(outcome)
    if (this.first_.length < this.directions_.length) return
    this.best_ = this.first_
    this.first_ = []
  }

  /** Puts an outcome in the place of those it is better than, in its neighbourhood or everywhere. */
  private replace(outcome: Evaluation<C>, direction: number): void {
    const ranges = rangesOf([...this.best_.map(({ costs }) => costs), outcome.costs])
    const places = this.neighbourhoods_[direction] ?? this.best_.keys()
    for (const i of places) if (this.better(outcome, i, ranges)) this.best_[i] = outcome
  }

  private better(outcome: Evaluation<C>, i: number, ranges: readonly Range[]): boolean {
    const holder = this.best_[i] as Evaluation<C>
    const [broken, before] = [violation(outcome), violation(holder)]
    if (broken !== before) return broken < before
    const w = this.directions_[i] as readonly number[]
    return scalarized(scaled(outcome.costs, ranges), w) < scalarized(scaled(holder.costs, ranges), w)
  }
}

/** Instead of a direction: the neighbourhood is all. */
const everywhere = -1

/**
 * MOEA/D: for each of a lattice of directions the best found, by Tchebycheff's measure for two objectives and penalised
 * boundary intersection for more; parents are neighbours, and a child replaces the neighbours it is better than.
 * Objectives are measured in units of their extent, so that their units decide nothing; where that extent is mostly
 * distance from the front, as on ZDT4, spread along the front is lost to it.
 *
 * @throws TypeError, RangeError for counts below 2, or probabilities outside [0, 1]
 */
export function moead({
  directions = 50,
  neighbours = 20,
  neighbourMating = 0.9,
  crossover = 1,
  mutation = 0.9,
}: MoeadOptions = {}): Algorithm {
  checkCount('directions', directions, 2)
  checkCount('neighbours', neighbours, 2)
  const options = { directions, neighbours, neighbourMating, crossover, mutation }
  checkBreeding(options)
  checkShare('neighbourMating', neighbourMating)
  return {
    description: { name: 'moead', ...options },
    start: <C extends Configuration>(problem: SearchProblem<C>) => new Moead(problem, options),
  }
}
