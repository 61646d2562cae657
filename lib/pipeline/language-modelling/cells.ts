// The cells of the comparison on text: a model in a range of eigenvalues with a seed, and what became of it.

import type { MixerKind } from '../../nn/mixers.ts'
import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LanguageRecipe } from './recipe.ts'

export interface LanguageCell {
  readonly model: MixerKind
  readonly eigenvalues: Eigenvalues
  /** Decides weights and batches, the same in both ranges. */
  readonly seed: number
}

export interface LanguagePoint {
  step: number
  /** On validation windows. */
  bitsPerByte: number
}

export interface LanguageCellResult {
  cell: LanguageCell
  recipe: LanguageRecipe
  /** Hash of the text. */
  sha256: string
  parameters: number
  /** Of the last step, in nats. */
  trainingLoss: number
  curve: LanguagePoint[]
}

/** Name of a cell in files and messages: `deltanet_-1..1_0`. */
export const cellName = ({ model, eigenvalues, seed }: LanguageCell): string =>
  [model, eigenvalues.slice(1, -1).replace(',', '..'), seed].join('_')

/** The same in words. */
export const cellTitle = ({ model, eigenvalues, seed }: LanguageCell): string =>
  `${model} ${eigenvalues}, seed ${seed}`
