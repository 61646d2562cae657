// A parameter whose values are whole numbers on a grid. Encoded as one number, evenly spaced in the value or, with
// `log`, in its logarithm; the grid points before and after are its neighbours.

import type { Random } from '../tensor/random.ts'
import { inherit, type Parameter, type ParameterDescription, shown } from './parameter.ts'

export interface IntegerOptions {
  /** Smallest value. */
  readonly low: number
  /** Largest value; a whole number of steps from `low`. */
  readonly high: number
  /** Distance of two values; 1 by default. */
  readonly step?: number
  /** Draws evenly in the logarithm, so that 1 … 10 is as likely as 10 … 100; false by default. */
  readonly log?: boolean
}

class Integer implements Parameter<number> {
  readonly size: number
  readonly width = 1
  private readonly low_: number
  private readonly high_: number
  private readonly step_: number
  private readonly log_: boolean

  constructor(options: Required<IntegerOptions>) {
    this.low_ = options.low
    this.high_ = options.high
    this.step_ = options.step
    this.log_ = options.log
    this.size = (this.high_ - this.low_) / this.step_ + 1
  }

  check(value: unknown, name: string): void {
    if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${shown(value)}`)
    const fits = Number.isInteger((value - this.low_) / this.step_)
    if (fits && value >= this.low_ && value <= this.high_) return
    const steps = this.step_ === 1 ? '' : ` in steps of ${this.step_}`
    throw new RangeError(
      `\`${name}\` must be a whole number from ${this.low_} to ${this.high_}${steps}, got ${value}`,
    )
  }

  private nearest(value: number): number {
    const index = Math.round((value - this.low_) / this.step_)
    return this.low_ + Math.min(Math.max(index, 0), this.size - 1) * this.step_
  }

  sample(random: Random): number {
    if (!this.log_) return this.low_ + random.integer(0, this.size) * this.step_
    // Half a step more on either side gives the ends a whole cell.
    const from = Math.log(this.low_ - Math.min(this.step_, this.low_) / 2)
    return this.nearest(Math.exp(random.uniform(from, Math.log(this.high_ + this.step_ / 2))))
  }

  mutate(value: number, random: Random): number {
    if (this.size === 1) return value
    for (let tries = 0; this.log_ && tries < 100; tries++) {
      const drawn = this.sample(random)
      if (drawn !== value) return drawn
    }
    const index = random.integer(0, this.size - 1)
    const own = (value - this.low_) / this.step_
    return this.low_ + (index < own ? index : index + 1) * this.step_
  }

  cross(first: number, second: number, random: Random): number {
    return inherit(first, second, random)
  }

  neighbours(value: number): number[] {
    return [value - this.step_, value + this.step_].filter((next) => next >= this.low_ && next <= this.high_)
  }

  encode(value: number): number[] {
    if (this.size === 1) return [0]
    if (!this.log_) return [(value - this.low_) / (this.high_ - this.low_)]
    return [Math.log(value / this.low_) / Math.log(this.high_ / this.low_)]
  }

  decode(numbers: readonly number[]): number {
    const unit = Math.min(Math.max(numbers[0] as number, 0), 1)
    if (!this.log_) return this.nearest(this.low_ + unit * (this.high_ - this.low_))
    return this.nearest(this.low_ * (this.high_ / this.low_) ** unit)
  }

  *values(): Iterable<number> {
    for (let index = 0; index < this.size; index++) yield this.low_ + index * this.step_
  }

  describe(): ParameterDescription {
    return { kind: 'integer', low: this.low_, high: this.high_, step: this.step_, log: this.log_ }
  }
}

/**
 * A parameter with the values low, low + step, … high.
 *
 * @throws TypeError when a bound is no number; RangeError when bounds and step describe no grid, or for `log` with
 *   `low` below 1
 */
export function integer({ low, high, step = 1, log = false }: IntegerOptions): Parameter<number> {
  for (const [name, value] of Object.entries({ low, high, step })) {
    if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number, got ${shown(value)}`)
    if (!Number.isSafeInteger(value)) throw new RangeError(`\`${name}\` must be a whole number, got ${value}`)
  }
  if (step < 1) throw new RangeError(`\`step\` must be at least 1, got ${step}`)
  if (high < low) throw new RangeError(`\`high\` must be at least \`low\` = ${low}, got ${high}`)
  if ((high - low) % step !== 0)
    throw new RangeError(`\`high\` must be a whole number of steps of ${step} from ${low}, got ${high}`)
  if (log && low < 1) throw new RangeError(`\`low\` must be at least 1 on a logarithmic scale, got ${low}`)
  return new Integer({ low, high, step, log })
}
