// One configuration on its way through a study.

import type { Configuration } from '../space/configuration.ts'
import type { Values } from './objective.ts'
import type { Attributes } from './storage.ts'

/** A configuration to evaluate; `number` counts from 0 in the order of asking. */
export interface PendingTrial<C extends Configuration = Configuration> {
  readonly number: number
  readonly configuration: C
  readonly state: 'pending'
}

export interface CompleteTrial<C extends Configuration = Configuration> {
  readonly number: number
  readonly configuration: C
  readonly state: 'complete'
  /** As told, in the directions of the objectives. */
  readonly values: Values
  readonly attributes: Attributes
}

/** Given up part of the way, since the searcher saw no use in the rest. */
export interface StoppedTrial<C extends Configuration = Configuration> {
  readonly number: number
  readonly configuration: C
  readonly state: 'stopped'
  /** How far it came, and its values there. */
  readonly fidelity: number
  readonly values: Values
}

export interface FailedTrial<C extends Configuration = Configuration> {
  readonly number: number
  readonly configuration: C
  readonly state: 'failed'
  readonly reason: string
}

export type Trial<C extends Configuration = Configuration> =
  | PendingTrial<C>
  | CompleteTrial<C>
  | StoppedTrial<C>
  | FailedTrial<C>
