/** Everything a chart or table needs to know about one objective: friendly unit, title and how to write a value. */
import type { Architecture, Objective, Values } from './run-data.ts'
import { appendUnit, columnDecimals, formatNumber, friendlyUnit, withUnit } from './units.ts'

/** An objective fitted to the values at hand. */
export interface ObjectiveScale {
  readonly objective: Objective
  /** Name with unit, e.g. `latency (ms)`. */
  readonly title: string
  readonly unit: string
  /** Base unit to friendly unit. */
  readonly factor: number
  /** The value in the friendly unit; NaN where there is none. */
  scaled(values: Values): number
  /** The value as a column shows it, without unit. */
  format(values: Values): string
  /** The value with its unit. */
  formatWithUnit(values: Values): string
}

/** One unit, one number of decimals for all of `records`. */
export function objectiveScale(objective: Objective, records: readonly Values[]): ObjectiveScale {
  const raw = records.map((values) => values[objective.name] ?? Number.NaN)
  const { factor, label } = friendlyUnit(raw, objective.unit)
  const all = raw.map((value) => value * factor)
  const decimals = columnDecimals(all)
  const scaled = (values: Values) => (values[objective.name] ?? Number.NaN) * factor
  const format = (values: Values) => formatNumber(scaled(values), decimals)
  return {
    objective,
    title: withUnit(objective.name, label),
    unit: label,
    factor,
    scaled,
    format,
    formatWithUnit: (values) => appendUnit(format(values), label),
  }
}

/** The rows a hover shows for a network: its objectives, then what it is made of. */
export function hoverRows(
  scales: readonly ObjectiveScale[],
  values: Values,
  architecture: Architecture,
): [string, string][] {
  return [
    ...scales.map((scale): [string, string] => [scale.objective.name, scale.formatWithUnit(values)]),
    ...Object.entries(architecture.details).map(([name, value]): [string, string] => [name, String(value)]),
  ]
}
