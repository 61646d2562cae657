// Retention: linear attention whose heads decay each at a rate of its own, the same at every token. Three forms with
// equal results.

import { Tensor } from '../tensor.ts'
import {
  type LinearAttentionInputs,
  linearAttention,
  linearAttentionRecurrent,
  linearAttentionStep,
} from './linear-attention.ts'
import type { ScanOutputs } from './matrix-scan.ts'

/**
 * Inputs of retention. Per token: S ← decay S + k vᵀ; o = scale Sᵀq. Shapes as of {@link LinearAttentionInputs}.
 */
export interface RetentionInputs extends Omit<LinearAttentionInputs, 'beta' | 'g' | 'decay'> {
  /** One number from −1 to 1 a value head, 1 − 2^(−5−h) for head h by default. */
  decay?: readonly number[] | undefined
}

function decayed(inputs: RetentionInputs): LinearAttentionInputs {
  const heads = inputs.v.shape[2] ?? 0
  const decay = inputs.decay ?? Array.from({ length: heads }, (_, head) => 1 - 2 ** (-5 - head))
  if (decay.length !== heads)
    throw new RangeError(`\`decay\` must hold a number for each of ${heads} heads, got ${decay.length}`)
  for (const value of decay)
    if (!(Math.abs(value) <= 1))
      throw new RangeError(`\`decay\` must hold numbers from -1 to 1, got ${value}`)
  return { ...inputs, decay: Tensor.from(Float32Array.from(decay)) }
}

/** Runs `scan` over inputs with the decay as a tensor, which is freed behind it. */
function withDecay<Result>(inputs: RetentionInputs, scan: (inputs: LinearAttentionInputs) => Result): Result {
  const linear = decayed(inputs)
  try {
    return scan(linear)
  } finally {
    linear.decay?.dispose()
  }
}

/**
 * Retention in chunks, differentiable in every tensor (Sun et al. 2023, equation 6, without the rotation of q and k).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const retention = (inputs: RetentionInputs): ScanOutputs => withDecay(inputs, linearAttention)

/** {@link retention} token by token, without gradients. */
export const retentionRecurrent = (inputs: RetentionInputs): ScanOutputs =>
  withDecay(inputs, linearAttentionRecurrent)

/** {@link retention} in place: returns o, and overwrites `initialState` by the state after the last token. */
export const retentionStep = (inputs: RetentionInputs & { initialState: Tensor }): Tensor =>
  withDecay(inputs, (linear) => linearAttentionStep({ ...linear, initialState: inputs.initialState }))
