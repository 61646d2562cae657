// The token shift of RWKV: every channel reads a mixture of a token and the one before.

import { causalConv1d } from '../tensor/ops/causal-conv.ts'
import { add, concat, negate } from '../tensor/ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Pass } from './mixer.ts'

/**
 * x (B, T, C) to x_t + share (x_{t−1} − x_t), which is a convolution of two taps. `share` has C elements; `last`
 * (B, 1, C) is the token before the first, zeros if absent.
 */
export function mixedWithLast(x: Tensor, share: Tensor, last: Tensor | undefined, pass: Pass): Tensor {
  const taps = share.reshape([-1, 1])
  const weight = concat([taps, add(negate(taps), 1)], 1)
  return causalConv1d({ x, weight, initialState: last, cuSeqlens: pass.cuSeqlens }).y
}
