// When a parameter is active: while each parameter that its condition names has one of the values given there.

import type { Configuration } from './configuration.ts'
import type { Parameter, ParameterValue } from './parameter.ts'

/** Values by the name of the parameter that must have one of them. */
export type Condition = { readonly [name: string]: readonly ParameterValue[] }

export interface Conditional<Value extends ParameterValue = ParameterValue> {
  readonly condition: Condition
  readonly parameter: Parameter<Value>
}

/** Makes `parameter` active only while every parameter of `condition` has one of the values listed for it. */
export function when<Value extends ParameterValue>(
  condition: Condition,
  parameter: Parameter<Value>,
): Conditional<Value> {
  return { condition, parameter }
}

/** Whether a configuration fulfils a condition; one that names an inactive parameter is not fulfilled. */
export function holds(condition: Condition, configuration: Configuration): boolean {
  return Object.entries(condition).every(([name, values]) =>
    values.includes(configuration[name] as ParameterValue),
  )
}
