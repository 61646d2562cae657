// The lists of values that parameters choose from, checked.

import { type ParameterValue, shown } from './parameter.ts'

/** Throws unless `value` is one of `choices`. */
export function checkChoice(choices: readonly ParameterValue[], value: unknown, name: string): void {
  if (choices.includes(value as ParameterValue)) return
  const Kind = choices.some((choice) => typeof choice === typeof value) ? RangeError : TypeError
  throw new Kind(`\`${name}\` must be one of ${choices.map(shown).join(', ')}, got ${shown(value)}`)
}

/** Throws a TypeError for a choice that is no plain value, a RangeError when there are none or two alike. */
export function checkChoices(choices: readonly ParameterValue[]): void {
  if (!Array.isArray(choices) || choices.length === 0)
    throw new RangeError('`choices` must be an array with at least one value')
  for (const choice of choices)
    if (!['string', 'number', 'boolean'].includes(typeof choice))
      throw new TypeError(`\`choices\` must be strings, numbers or booleans, got ${shown(choice)}`)
    else if (typeof choice === 'number' && !Number.isFinite(choice))
      throw new RangeError(`\`choices\` must be finite, got ${choice}`)
  const twice = choices.find((choice, i) => choices.indexOf(choice) !== i)
  if (twice !== undefined) throw new RangeError(`\`choices\` must differ, got ${shown(twice)} twice`)
}
