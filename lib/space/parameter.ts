// What a search space asks of one of its parameters, whatever its kind. Values are plain JSON.

import type { Random } from '../tensor/random.ts'

export type ParameterValue = string | number | boolean

/** A parameter as plain JSON; its kind's file says what belongs to it. */
export type ParameterDescription =
  | { readonly kind: 'categorical'; readonly choices: readonly ParameterValue[] }
  | { readonly kind: 'ordinal'; readonly choices: readonly ParameterValue[] }
  | {
      readonly kind: 'integer'
      readonly low: number
      readonly high: number
      readonly step: number
      readonly log: boolean
    }
  | { readonly kind: 'real'; readonly low: number; readonly high: number; readonly log: boolean }

/**
 * One dimension of a space. Parameters do not change and know nothing of their name or condition; the methods that
 * take a value trust it to be one of theirs, except `check`.
 */
export interface Parameter<Value extends ParameterValue = ParameterValue> {
  /** How many values there are; undefined for an interval of real numbers. */
  readonly size: number | undefined
  /** How many numbers an encoded value takes. */
  readonly width: number
  /** Throws a TypeError or RangeError that speaks of `name`, unless `value` is one of the parameter's. */
  check(value: unknown, name: string): void
  sample(random: Random): Value
  /** Another value than `value`; `value` itself where there is no other. */
  mutate(value: Value, random: Random): Value
  /** A child's value from those of its parents. */
  cross(first: Value, second: Value, random: Random): Value
  /** The values next to `value`, without it. */
  neighbours(value: Value): Value[]
  /** `width` numbers in [0, 1]. */
  encode(value: Value): number[]
  /** The value whose encoding is nearest to any `width` numbers. */
  decode(numbers: readonly number[]): Value
  /** All values in their order. Throws a RangeError where `size` is undefined. */
  values(): Iterable<Value>
  describe(): ParameterDescription
}

/** Uniform crossover (Syswerda 1989): the value of one parent or the other, by a fair coin. */
export const inherit = <Value>(first: Value, second: Value, random: Random): Value =>
  random.uniform() < 0.5 ? first : second

/** A value in the words of an error. */
export const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))
