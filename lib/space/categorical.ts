// A parameter whose values have no order. Encoded one-hot; every other choice is a neighbour.

import type { Random } from '../tensor/random.ts'
import { checkChoice, checkChoices } from './choices.ts'
import { inherit, type Parameter, type ParameterDescription, type ParameterValue } from './parameter.ts'

class Categorical<Value extends ParameterValue> implements Parameter<Value> {
  readonly size: number
  readonly width: number
  private readonly choices_: readonly Value[]

  constructor(choices: readonly Value[]) {
    this.choices_ = choices
    this.size = choices.length
    this.width = choices.length
  }

  check(value: unknown, name: string): void {
    checkChoice(this.choices_, value, name)
  }

  sample(random: Random): Value {
    return random.choice(this.choices_)
  }

  mutate(value: Value, random: Random): Value {
    return this.size === 1 ? value : random.choice(this.neighbours(value))
  }

  cross(first: Value, second: Value, random: Random): Value {
    return inherit(first, second, random)
  }

  neighbours(value: Value): Value[] {
    return this.choices_.filter((choice) => choice !== value)
  }

  encode(value: Value): number[] {
    return this.choices_.map((choice) => (choice === value ? 1 : 0))
  }

  decode(numbers: readonly number[]): Value {
    let best = 0
    numbers.forEach((number, i) => {
      if (number > (numbers[best] as number)) best = i
    })
    return this.choices_[best] as Value
  }

  values(): Iterable<Value> {
    return this.choices_
  }

  describe(): ParameterDescription {
    return { kind: 'categorical', choices: this.choices_ }
  }
}

/**
 * A parameter with one of `choices`, in no order.
 *
 * @throws TypeError when a choice is no string, finite number or boolean; RangeError when there are none or two alike
 */
export function categorical<const Value extends ParameterValue>(choices: readonly Value[]): Parameter<Value> {
  checkChoices(choices)
  return new Categorical([...choices])
}
