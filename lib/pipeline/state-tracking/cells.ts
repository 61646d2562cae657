// The cells of the state-tracking tables: a network, a task and a seed, and what became of it.

import type { Scores } from '../../train/metrics.ts'
import type { StateTrackingRecipe } from './recipes.ts'
import { stateTrackingVariants, type Variant } from './variants.ts'

export interface Cell {
  /** Label of a {@link Variant}. */
  readonly variant: string
  /** Name of a task. */
  readonly task: string
  readonly seed: number
}

/** Scores on strings of one length. */
export interface LengthScores extends Scores {
  length: number
}

export interface TrainedCell {
  status: 'trained'
  cell: Cell
  recipe: StateTrackingRecipe
  /** Steps taken: fewer than the recipe's where everything was learned before. */
  steps: number
  /** Whether every answer on the long strings of validation was right, which ended training. */
  learned: boolean
  parameters: number
  /** Of the last step, in nats. */
  trainingLoss: number
  /** On strings of 40 to 256 tokens, all lengths alike. */
  score: Scores
  /** Longer strings at the end. */
  curve: LengthScores[]
  /** Of training and scoring, on one thread. */
  seconds: number
}

export interface FailedCell {
  status: 'failed'
  cell: Cell
  recipe: StateTrackingRecipe
  /** What went wrong. */
  reason: string
  seconds: number
}

export type CellResult = TrainedCell | FailedCell

/** Name of a cell in files and messages: `parity_deltanet_-1..1_0`. */
export function cellName({ variant, task, seed }: Cell): string {
  const { model, eigenvalues } = variantOf(variant)
  const range = eigenvalues === null ? [] : [eigenvalues.slice(1, -1).replace(',', '..')]
  return [task, model, ...range, seed].join('_')
}

/** @throws RangeError if no variant has this label */
export function variantOf(label: string): Variant {
  const found = stateTrackingVariants.find((variant) => variant.label === label)
  if (!found) throw new RangeError(`\`variant\` must be the label of a variant, got "${label}"`)
  return found
}
