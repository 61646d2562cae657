// What `parascan/space` offers: the definition of search spaces.

export { categorical } from './categorical.ts'
export { type Condition, type Conditional, when } from './condition.ts'
export type { Configuration, ConfigurationOf, Definition } from './configuration.ts'
export type { SpaceDescription } from './description.ts'
export { type IntegerOptions, integer } from './integer.ts'
export { ordinal } from './ordinal.ts'
export type { Parameter, ParameterDescription, ParameterValue } from './parameter.ts'
export { type RealOptions, real } from './real.ts'
export { defineSpace, Space } from './space.ts'
