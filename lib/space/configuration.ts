// What a space's definition says about the type of its configurations.

import type { Conditional } from './condition.ts'
import type { Parameter, ParameterValue } from './parameter.ts'

/** Values by parameter name; a parameter that is not active has none. */
export type Configuration = { readonly [name: string]: ParameterValue | undefined }

/** Parameters by name; a conditional one stands behind those its condition names. */
export type Definition = { readonly [name: string]: Parameter | Conditional }

type ValueOf<Entry> =
  Entry extends Parameter<infer Value> ? Value : Entry extends Conditional<infer Value> ? Value : never

type ConditionalName<D extends Definition> = {
  [Name in keyof D]: D[Name] extends Conditional ? Name : never
}[keyof D]

/** The configurations of a definition: a conditional parameter is an optional property. */
export type ConfigurationOf<D extends Definition> = {
  readonly [Name in Exclude<keyof D, ConditionalName<D>>]: ValueOf<D[Name]>
} & {
  readonly [Name in ConditionalName<D>]?: ValueOf<D[Name]>
} extends infer Flat
  ? { [Name in keyof Flat]: Flat[Name] }
  : never
