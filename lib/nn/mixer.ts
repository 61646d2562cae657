// What mixes tokens: the part of a block that differs between linear RNNs and attention.

import { checkEigenvalues, type Eigenvalues } from '../tensor/ops/eigenvalues.ts'
import { copy } from '../tensor/ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Layer } from './layer.ts'

/** The tensors a mixer carries from token to token, updated in place. */
export type MixerState = Record<string, Tensor>

/** What the layers of a network share while it passes over tokens. */
export interface Pass {
  /**
   * Where each of the sequences starts that are packed one behind the other into a batch of 1, and where the last ends;
   * no sequence sees another. Packed sequences start from nothing, so they go without a state.
   */
  cuSeqlens?: ArrayLike<number> | undefined
  /** (B, T, H, V), the values of the first RWKV-7 layer, which the others mix with theirs. */
  firstValues?: Tensor
}

export abstract class Mixer extends Layer {
  /**
   * x (B, T, hidden) to y (B, T, hidden). Without a state every sequence starts from nothing and gradients are
   * recorded; with one the tokens continue where the state stands, and it is advanced past them.
   *
   * @throws RangeError if `cuSeqlens` does not fit x, or is given together with a state.
   */
  forward(x: Tensor, state?: MixerState, pass: Pass = {}): Tensor {
    if (state && pass.cuSeqlens)
      throw new RangeError('`cuSeqlens` must not be given with a state: packed sequences start from nothing')
    return this.mix(x, state, pass)
  }

  protected abstract mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor

  /** The state before the first token of `batch` sequences. `maxTokens` bounds mixers whose state grows. */
  abstract createState(batch: number, maxTokens: number): MixerState

  /** Floating-point operations of one token, a multiply-add counting as two. `context` tokens came before. */
  abstract flopsPerToken(context: number): number
}

/**
 * Scans tokens from where `memory` stands, and leaves it past them: one token in place, more in chunks. Without a memory
 * the scan starts from nothing.
 */
export function scanFrom(
  memory: Tensor | undefined,
  tokens: number,
  forms: {
    step(initialState: Tensor): Tensor
    chunks(initialState: Tensor | undefined): { output: Tensor; finalState: Tensor }
  },
): Tensor {
  if (memory && tokens === 1) return forms.step(memory)
  const { output, finalState } = forms.chunks(memory)
  if (memory) copy(finalState, memory)
  return output
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
