// Gated linear attention: linear attention whose decay is one per key channel. Three forms with equal results.

import type { Tensor } from '../tensor.ts'
import {
  type LinearAttentionInputs,
  linearAttention,
  linearAttentionRecurrent,
  linearAttentionStep,
} from './linear-attention.ts'
import type { ScanOutputs } from './matrix-scan.ts'

/**
 * Inputs of gated linear attention. Per token: S ← diag(decay) S + k vᵀ; o = scale Sᵀq. Shapes as of
 * {@link LinearAttentionInputs}; the decay is `g`, its logarithm, or `decay`, itself and signed, of (B, T, HV, K).
 */
export type GlaInputs = Omit<LinearAttentionInputs, 'beta' | 'g' | 'decay'> &
  ({ g: Tensor; decay?: undefined } | { g?: undefined; decay: Tensor })

function gated(inputs: GlaInputs): LinearAttentionInputs {
  if (!inputs.g && !inputs.decay) throw new TypeError('`g` or `decay` must be given')
  const [name, gate] = inputs.g ? ['g', inputs.g] : ['decay', inputs.decay as Tensor]
  if (gate.shape.length !== 4)
    throw new RangeError(`\`${name}\` must have shape (B, T, HV, K), got [${gate.shape.join(', ')}]`)
  return inputs
}

/**
 * Gated linear attention in chunks, differentiable in every tensor (Yang et al. 2024).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const gla = (inputs: GlaInputs): ScanOutputs => linearAttention(gated(inputs))

/** {@link gla} token by token, without gradients. */
export const glaRecurrent = (inputs: GlaInputs): ScanOutputs => linearAttentionRecurrent(gated(inputs))

/** {@link gla} in place: returns o, and overwrites `initialState` by the state after the last token. */
export const glaStep = (inputs: GlaInputs & { initialState: Tensor }): Tensor =>
  linearAttentionStep({ ...gated(inputs), initialState: inputs.initialState })
