// A parameter whose values fill an interval. Encoded as one number, the share of the interval (with `log`, of its
// logarithm) below the value.

import type { Random } from '../tensor/random.ts'
import { type Parameter, type ParameterDescription, shown } from './parameter.ts'

export interface RealOptions {
  readonly low: number
  readonly high: number
  /** Draws evenly in the logarithm; false by default. */
  readonly log?: boolean
}

/** Distribution index of the polynomial mutation (Deb & Agrawal 1999); larger stays nearer. */
const mutationIndex = 20

/** Distribution index of the simulated binary crossover (Deb & Agrawal 1995); larger stays nearer to the parents. */
const crossoverIndex = 15

/** Share of the interval between a value and its two neighbours. */
const neighbourDistance = 0.05

class Real implements Parameter<number> {
  readonly size: number | undefined
  readonly width = 1
  private readonly low_: number
  private readonly high_: number
  private readonly log_: boolean

  constructor(options: Required<RealOptions>) {
    this.low_ = options.low
    this.high_ = options.high
    this.log_ = options.log
    this.size = options.low === options.high ? 1 : undefined
  }

  check(value: unknown, name: string): void {
    if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${shown(value)}`)
    if (!(value >= this.low_ && value <= this.high_))
      throw new RangeError(`\`${name}\` must lie in [${this.low_}, ${this.high_}], got ${value}`)
  }

  sample(random: Random): number {
    return this.decode([random.uniform()])
  }

  /** Polynomial mutation, bounded (Deb & Agrawal 1999). */
  mutate(value: number, random: Random): number {
    if (this.size === 1) return value
    const [unit = 0] = this.encode(value)
    const u = random.uniform()
    const exponent = 1 / (mutationIndex + 1)
    const rest = u < 0.5 ? 1 - unit : unit // distance to the bound the move leads away from
    const share = u < 0.5 ? 2 * u : 2 * (1 - u)
    const move = 1 - (share + (1 - share) * rest ** (mutationIndex + 1)) ** exponent
    const mutant = this.decode([u < 0.5 ? unit - move : unit + move])
    return mutant === value ? this.sample(random) : mutant
  }

  /** Simulated binary crossover, bounded (Deb & Agrawal 1995): half the time the first's value, else one near either. */
  cross(first: number, second: number, random: Random): number {
    if (first === second || random.uniform() < 0.5) return first
    const [a = 0] = this.encode(Math.min(first, second))
    const [b = 0] = this.encode(Math.max(first, second))
    const gap = b - a
    const low = random.uniform() < 0.5
    const room = low ? a : 1 - b // between the parent that the child is near and its bound
    const reach = 2 - (1 + (2 * room) / gap) ** -(crossoverIndex + 1)
    const u = random.uniform() * reach
    const spread = (u <= 1 ? u : 1 / (2 - u)) ** (1 / (crossoverIndex + 1))
    return this.decode([(a + b + (low ? -spread : spread) * gap) / 2])
  }

  neighbours(value: number): number[] {
    const [unit = 0] = this.encode(value)
    return [unit - neighbourDistance, unit + neighbourDistance]
      .map((next) => this.decode([next]))
      .filter((next) => next !== value)
  }

  encode(value: number): number[] {
    if (this.size === 1) return [0]
    if (!this.log_) return [(value - this.low_) / (this.high_ - this.low_)]
    return [Math.log(value / this.low_) / Math.log(this.high_ / this.low_)]
  }

  decode(numbers: readonly number[]): number {
    const unit = Math.min(Math.max(numbers[0] as number, 0), 1)
    const value = this.log_
      ? this.low_ * (this.high_ / this.low_) ** unit
      : this.low_ + unit * (this.high_ - this.low_)
    return Math.min(Math.max(value, this.low_), this.high_)
  }

  values(): Iterable<number> {
    if (this.size === 1) return [this.low_]
    throw new RangeError('A space with a real parameter has no list of its values')
  }

  describe(): ParameterDescription {
    return { kind: 'real', low: this.low_, high: this.high_, log: this.log_ }
  }
}

/**
 * A parameter with the values [low, high].
 *
 * @throws TypeError when a bound is no number; RangeError when the interval is empty or infinite, or for `log` with
 *   `low` not positive
 */
export function real({ low, high, log = false }: RealOptions): Parameter<number> {
  for (const [name, value] of Object.entries({ low, high })) {
    if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${shown(value)}`)
    if (!Number.isFinite(value)) throw new RangeError(`\`${name}\` must be finite, got ${value}`)
  }
  if (high < low) throw new RangeError(`\`high\` must be at least \`low\` = ${low}, got ${high}`)
  if (log && low <= 0) throw new RangeError(`\`low\` must be positive on a logarithmic scale, got ${low}`)
  return new Real({ low, high, log })
}
