// Linear attention with any decay, the additive scan that GLA, retention, Mamba-2 and the mLSTM are made of. Three
// forms with equal results, as of the delta rule.

import type { Tensor } from '../tensor.ts'
import {
  type Decayed,
  type MatrixScan,
  matrixScan,
  matrixScanRecurrent,
  matrixScanStep,
  type ScanOutputs,
  type StateOptions,
} from './matrix-scan.ts'

/**
 * Inputs of linear attention. Per token: S ← decay S + β k vᵀ; o = scale Sᵀq. B batch, T tokens, H query/key heads, HV
 * value heads (a multiple of H), K key dim, V value dim, N packed sequences.
 */
export interface LinearAttentionInputs extends StateOptions, Decayed {
  /** (B, T, H, K) */
  q: Tensor
  /** (B, T, H, K) */
  k: Tensor
  /** (B, T, HV, V) */
  v: Tensor
  /** (B, T, HV), the weight of what a token writes; 1 if absent. */
  beta?: Tensor | undefined
  /** Whether q and k are divided by their lengths, x / √(|x|² + 1e-6), within the scan. */
  normalizeQk?: boolean | undefined
}

const scanOf = (inputs: LinearAttentionInputs): MatrixScan => ({
  ...inputs,
  transition: 'additive',
  householders: 1,
  betaSigmoid: undefined,
})

/**
 * Linear attention in chunks, differentiable in every tensor (Katharopoulos et al. 2020); without a decay the sum over
 * all tokens before. Feature maps and normalisers are the caller's.
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const linearAttention = (inputs: LinearAttentionInputs): ScanOutputs => matrixScan(scanOf(inputs))

/** {@link linearAttention} token by token, without gradients. */
export const linearAttentionRecurrent = (inputs: LinearAttentionInputs): ScanOutputs =>
  matrixScanRecurrent(scanOf(inputs))

/** {@link linearAttention} in place: returns o, and overwrites `initialState` by the state after the last token. */
export const linearAttentionStep = (inputs: LinearAttentionInputs & { initialState: Tensor }): Tensor =>
  matrixScanStep(scanOf(inputs))
