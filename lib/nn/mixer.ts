// What mixes tokens: the part of a block that differs between linear RNNs and attention.

import { checkEigenvalues, type Eigenvalues } from '../tensor/ops/eigenvalues.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Layer } from './layer.ts'

/** The tensors a mixer carries from token to token, updated in place. */
export type MixerState = Record<string, Tensor>

export abstract class Mixer extends Layer {
  /**
   * x (B, T, hidden) to y (B, T, hidden). Without a state every sequence starts from nothing and gradients are
   * recorded; with one the tokens continue where the state stands, and it is advanced past them.
   */
  abstract forward(x: Tensor, state?: MixerState): Tensor

  /** The state before the first token of `batch` sequences. `maxTokens` bounds mixers whose state grows. */
  abstract createState(batch: number, maxTokens: number): MixerState

  /** Floating-point operations of one token, a multiply-add counting as two. `context` tokens came before. */
  abstract flopsPerToken(context: number): number
}

/** Multiply-adds of a linear map count as two operations each. */
export const linearFlops = (inputs: number, outputs: number): number => 2 * inputs * outputs

/** @throws RangeError unless every named value is a whole number of at least `least`. */
export function checkCounts(values: Record<string, number>, least = 1): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`\`${name}\` must be a whole number from ${least}, got ${value}`)
}

/** @throws RangeError unless the configuration says which range it wants. */
export function requireEigenvalues(config: { eigenvalues: Eigenvalues }): Eigenvalues {
  return checkEigenvalues(config.eigenvalues)
}
