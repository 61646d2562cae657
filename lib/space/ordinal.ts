// A parameter with a few values in an order: widths that double, levels of effort. Encoded as one number, the place in
// the order; the values before and after are its neighbours.

import type { Random } from '../tensor/random.ts'
import { checkChoice, checkChoices } from './choices.ts'
import { inherit, type Parameter, type ParameterDescription, type ParameterValue } from './parameter.ts'

class Ordinal<Value extends ParameterValue> implements Parameter<Value> {
  readonly size: number
  readonly width = 1
  private readonly choices_: readonly Value[]

  constructor(choices: readonly Value[]) {
    this.choices_ = choices
    this.size = choices.length
  }

  check(value: unknown, name: string): void {
    checkChoice(this.choices_, value, name)
  }

  sample(random: Random): Value {
    return random.choice(this.choices_)
  }

  mutate(value: Value, random: Random): Value {
    return this.size === 1 ? value : random.choice(this.choices_.filter((choice) => choice !== value))
  }

  cross(first: Value, second: Value, random: Random): Value {
    return inherit(first, second, random)
  }

  neighbours(value: Value): Value[] {
    const place = this.choices_.indexOf(value)
    return this.choices_.filter((_, i) => Math.abs(i - place) === 1)
  }

  encode(value: Value): number[] {
    return [this.size === 1 ? 0 : this.choices_.indexOf(value) / (this.size - 1)]
  }

  decode(numbers: readonly number[]): Value {
    const place = Math.round((numbers[0] as number) * (this.size - 1))
    return this.choices_[Math.min(Math.max(place, 0), this.size - 1)] as Value
  }

  values(): Iterable<Value> {
    return this.choices_
  }

  describe(): ParameterDescription {
    return { kind: 'ordinal', choices: this.choices_ }
  }
}

/**
 * A parameter with one of `choices`, which stand in their order.
 *
 * @throws TypeError when a choice is no string, finite number or boolean; RangeError when there are none or two alike
 */
export function ordinal<const Value extends ParameterValue>(choices: readonly Value[]): Parameter<Value> {
  checkChoices(choices)
  return new Ordinal([...choices])
}
