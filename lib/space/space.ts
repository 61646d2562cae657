// A search space: named parameters, some active only under a condition, and what a searcher does with their
// configurations. Configurations are plain frozen objects of plain values.

import type { Random } from '../tensor/random.ts'
import { cardinality } from './cardinality.ts'
import { holds } from './condition.ts'
import type { Configuration, ConfigurationOf, Definition } from './configuration.ts'
import { definitionFrom, describe, type SpaceDescription } from './description.ts'
import { type Dimension, dimensionsOf } from './dimension.ts'
import { decode, encode, encodedWidth } from './encoding.ts'
import { enumerate } from './enumeration.ts'
import { type ParameterValue, shown } from './parameter.ts'
import { crossover, mutate, neighbours, sample } from './variation.ts'

/** A space whose configurations have the type `C`; made by {@link defineSpace} or {@link Space.fromDescription}. */
export class Space<C extends Configuration = Configuration> {
  /** The parameters in their order. */
  readonly dimensions: readonly Dimension[]
  private size_: bigint | undefined | null = null

  constructor(definition: Definition) {
    this.dimensions = dimensionsOf(definition)
  }

  /**
   * The space that {@link Space.describe} described.
   *
   * @throws TypeError, RangeError when `description` is none
   */
  static fromDescription(description: SpaceDescription): Space {
    const entries = definitionFrom(description)
    const definition = Object.fromEntries(entries)
    if (Object.keys(definition).length !== entries.length)
      throw new RangeError('the names of the parameters of `description` must differ')
    return new Space(definition)
  }

  /** The space as plain JSON. */
  describe(): SpaceDescription {
    return describe(this.dimensions)
  }

  /** How many configurations there are; undefined where a parameter is real. */
  get size(): bigint | undefined {
    if (this.size_ === null) this.size_ = cardinality(this.dimensions)
    return this.size_
  }

  /** All configurations, the last parameter changing fastest. Throws a RangeError where a parameter is real. */
  *[Symbol.iterator](): Generator<C> {
    for (const configuration of enumerate(this.dimensions)) yield Object.freeze(configuration) as C
  }

  /**
   * `candidate` as a configuration of this space, its values in the order of the parameters.
   *
   * @throws TypeError, RangeError that names the value which is missing, wrong, unknown, or set while inactive
   */
  validate(candidate: unknown): C {
    if (typeof candidate !== 'object' || candidate === null)
      throw new TypeError(`\`configuration\` must be an object, got ${shown(candidate)}`)
    const given = candidate as Configuration
    const configuration: Record<string, ParameterValue> = {}
    for (const { name, parameter, condition } of this.dimensions) {
      const value = given[name]
      if (holds(condition, configuration)) {
        if (value === undefined) throw new RangeError(`\`${name}\` must be given`)
        parameter.check(value, name)
        configuration[name] = value
      } else if (value !== undefined) {
        const needs = Object.entries(condition).map(
          ([parent, v]) => `${parent} is ${v.map(shown).join(' or ')}`,
        )
        throw new RangeError(`\`${name}\` must be absent unless ${needs.join(' and ')}, got ${shown(value)}`)
      }
    }
    const unknown = Object.keys(given).find((name) => !this.dimensions.some((d) => d.name === name))
    if (unknown !== undefined) throw new RangeError(`\`${unknown}\` is no parameter of this space`)
    return Object.freeze(configuration) as C
  }

  /** A text that two configurations share exactly when their values are the same. */
  key(configuration: C): string {
    return JSON.stringify(this.dimensions.map(({ name }) => configuration[name] ?? null))
  }

  /** A random configuration: every active parameter is drawn on its own. */
  sample(random: Random): C {
    return Object.freeze(sample(this.dimensions, random)) as C
  }

  /**
   * Another configuration: every active parameter takes another value with `probability` (by default one over their
   * number), and at least one does. What becomes active is drawn.
   */
  mutate(configuration: C, random: Random, probability?: number): C {
    return Object.freeze(mutate(this.dimensions, configuration, random, probability)) as C
  }

  /**
   * A child of two parents: choices and whole numbers from one or the other by a fair coin (Syswerda 1989), real numbers
   * by simulated binary crossover (Deb & Agrawal 1995), half of them left as the first parent has them.
   */
  crossover(first: C, second: C, random: Random): C {
    return Object.freeze(crossover(this.dimensions, first, second, random)) as C
  }

  /**
   * All configurations one step away: another choice, the grid point before or after, a twentieth of an interval up or
   * down. What becomes active is drawn.
   */
  neighbours(configuration: C, random: Random): C[] {
    return neighbours(this.dimensions, configuration, random).map((next) => Object.freeze(next) as C)
  }

  /** Length of the vectors of {@link Space.encode}. */
  get encodedWidth(): number {
    return encodedWidth(this.dimensions)
  }

  /**
   * A configuration as `encodedWidth` numbers: categorical parameters one-hot, the others as their place in [0, 1]. An
   * inactive parameter is zeros where it is one-hot, -1 where it is one number.
   */
  encode(configuration: C): number[] {
    return encode(this.dimensions, configuration)
  }

  /**
   * The configuration nearest to a vector, parameter by parameter; undoes {@link Space.encode}, for real parameters up
   * to rounding.
   *
   * @throws RangeError when there are not `encodedWidth` numbers
   */
  decode(numbers: readonly number[]): C {
    if (numbers.length !== this.encodedWidth)
      throw new RangeError(`\`numbers\` must have ${this.encodedWidth} elements, got ${numbers.length}`)
    return Object.freeze(decode(this.dimensions, numbers)) as C
  }
}

/**
 * A search space from its parameters, by name and in order; a conditional one stands behind those it depends on.
 *
 * ```ts
 * const space = defineSpace({
 *   mixer: categorical(['deltanet', 'mamba']),
 *   width: integer({ low: 64, high: 256, step: 64 }),
 *   heads: when({ mixer: ['deltanet'] }, categorical([1, 2, 4])),
 * })
 * ```
 *
 * @throws TypeError, RangeError when a condition names an unknown, a later or a real parameter, or a value it has not
 */
export function defineSpace<const D extends Definition>(definition: D): Space<ConfigurationOf<D>> {
  return new Space(definition)
}
