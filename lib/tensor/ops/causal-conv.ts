// The causal convolution before a scan. It goes on from the last inputs, which a step updates in place.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'
import { type Packed, packedStarts } from './packed.ts'

/** Inputs of the convolution. B batch, T tokens, D channels, W taps, N packed sequences. */
export interface CausalConv1dInputs extends Packed {
  /** (B, T, D) */
  x: Tensor
  /** (D, W); the last tap is the present token. */
  weight: Tensor
  /** (D) */
  bias?: Tensor | undefined
  /** (B or N, W − 1, D), the inputs before the first token; zeros if absent. */
  initialState?: Tensor | undefined
  activation?: 'silu' | null
}

function causalConv1dArguments(inputs: CausalConv1dInputs) {
  const { x, weight, bias, initialState, activation = null, cuSeqlens } = inputs
  return [
    x.handle,
    weight.handle,
    bias?.handle ?? 0,
    initialState?.handle ?? 0,
    activation === 'silu',
    packedStarts(cuSeqlens),
  ] as const
}

/**
 * Depthwise causal convolution over tokens, differentiable in every tensor: y (B, T, D), and the last W − 1 inputs
 * (B or N, W − 1, D), from which the next call goes on.
 */
export function causalConv1d(inputs: CausalConv1dInputs): { y: Tensor; finalState: Tensor } {
  const [y, finalState] = addon.causalConv1d(...causalConv1dArguments(inputs))
  return { y: new Tensor(y), finalState: new Tensor(finalState) }
}

/** The same without gradients, continuing from `state` (B, W − 1, D), which it updates in place. */
export function causalConv1dStep(
  inputs: Omit<CausalConv1dInputs, 'initialState' | 'cuSeqlens'> & { state: Tensor },
): { y: Tensor } {
  const { state, ...rest } = inputs
  return { y: new Tensor(addon.causalConv1dStep(...causalConv1dArguments({ ...rest, initialState: state }))) }
}
