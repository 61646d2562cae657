// The short causal convolution in front of the scans, with SiLU.

import { causalConv1d, causalConv1dStep } from '../tensor/ops/causal-conv.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Pass } from './mixer.ts'

/**
 * x (B, T, D) convolved with the taps of `weight` (.., W), whose leading axes together are the D channels. `state`
 * (B, W − 1, D) holds the inputs before the first token and is advanced.
 */
export function shortConvolution(
  x: Tensor,
  parameters: { weight: Tensor; bias?: Tensor | null | undefined },
  state: Tensor | undefined,
  { cuSeqlens }: Pass,
): Tensor {
  const { weight, bias } = parameters
  const width = weight.shape.at(-1) ?? 1
  const inputs = {
    x,
    weight: weight.reshape([-1, width]),
    bias: bias ?? undefined,
    activation: 'silu',
  } as const
  return state ? causalConv1dStep({ ...inputs, state }).y : causalConv1d({ ...inputs, cuSeqlens }).y
}
