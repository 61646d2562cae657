// The quantities a study trades off, and the border between a user's directions and searchers, which minimise.

import { shown } from '../space/parameter.ts'

export interface Objective {
  /** Unique within the study; the key of every record of values. */
  readonly name: string
  /** Base unit, e.g. `s`, `J`, `B`, `nat`; empty where there is none. */
  readonly unit: string
  readonly direction: 'minimize' | 'maximize'
  /** Where the number comes from, e.g. `measured on this machine` or `exact, by formula`. */
  readonly source: string
}

/** One number per objective, and per other quantity under a constraint, by name. */
export type Values = { readonly [objective: string]: number }

/** A list of objectives, checked. Throws TypeError, RangeError. */
export function checkObjectives(objectives: readonly Objective[]): readonly Objective[] {
  if (!Array.isArray(objectives) || objectives.length === 0)
    throw new RangeError('`objectives` must be an array with at least one objective')
  for (const objective of objectives) {
    for (const field of ['name', 'unit', 'source'] as const)
      if (typeof objective[field] !== 'string')
        throw new TypeError(`\`${field}\` of an objective must be a string, got ${shown(objective[field])}`)
    if (objective.name === '') throw new RangeError('`name` of an objective must not be empty')
    if (objective.direction !== 'minimize' && objective.direction !== 'maximize')
      throw new RangeError(
        `\`direction\` of ${objective.name} must be "minimize" or "maximize", got ${shown(objective.direction)}`,
      )
  }
  const names = objectives.map((objective) => objective.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new RangeError(`the names of objectives must differ, got ${shown(twice)} twice`)
  return objectives.map(({ name, unit, direction, source }) => ({ name, unit, direction, source }))
}

/** The values of a trial or a reference point, checked: one finite number per quantity. Throws TypeError, RangeError. */
export function checkValues(quantities: readonly { readonly name: string }[], values: Values): Values {
  const checked: Record<string, number> = {}
  for (const { name } of quantities) {
    const value: unknown = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new RangeError(`the value of \`${name}\` must be given`)
    if (typeof value !== 'number')
      throw new TypeError(`the value of \`${name}\` must be a number, got ${shown(value)}`)
    if (!Number.isFinite(value))
      throw new RangeError(
        `the value of \`${name}\` must be finite, got ${value}; a trial without one has failed`,
      )
    checked[name] = value
  }
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(checked, name))
  if (unknown !== undefined)
    throw new RangeError(`\`${unknown}\` is no objective or constraint of this study`)
  return checked
}

/** Values as costs to minimise, in the order of the objectives. */
export function toCosts(objectives: readonly Objective[], values: Values): number[] {
  return objectives.map(
    ({ name, direction }) => (direction === 'minimize' ? 1 : -1) * (values[name] as number),
  )
}

/** Undoes {@link toCosts}. */
export function fromCosts(objectives: readonly Objective[], costs: readonly number[]): Values {
  return Object.fromEntries(
    objectives.map(({ name, direction }, i) => [
      name,
      (direction === 'minimize' ? 1 : -1) * (costs[i] as number),
    ]),
  )
}
