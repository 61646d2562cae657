// The delta rule: DeltaNet, Gated DeltaNet, KDA and DeltaProduct. Three forms with equal results: chunked, with
// gradients, for training and prefill; recurrent, token by token; and a step in place, for decoding.

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
 * Inputs of the delta rule. Per token: S ← decay S; then `householders` times S ← S + β k (v − Sᵀk)ᵀ; o = scale Sᵀq.
 * B batch, T tokens, H query/key heads, HV value heads (a multiple of H; value head h reads query/key head ⌊h H / HV⌋),
 * K key dim, V value dim, n householders, N packed sequences.
 *
 * The transition of one step is I − β k kᵀ, whose eigenvalue along k is 1 − β |k|². With keys of unit length β in [0,1]
 * keeps it in [0,1], and β in [0,2] in [-1,1]. Keys and β beyond that are taken as given: where β |k|² > 2 the state's
 * component along k grows by |1 − β |k|²| at every such step, so a long sequence overflows, and in chunks rounding errors
 * grow with it; short sequences and single steps of this kind are exact to rounding.
 */
export interface DeltaRuleInputs extends StateOptions, Decayed {
  /** (B, T, H, K) */
  q: Tensor
  /** (B, T·n, H, K), the n keys of a token next to each other. */
  k: Tensor
  /** (B, T·n, HV, V) */
  v: Tensor
  /** (B, T·n, HV) */
  beta: Tensor
  /** Delta steps a token (DeltaProduct), 1 by default. The decay comes before the first. */
  householders?: number | undefined
  /** Whether q and k are divided by their lengths, x / √(|x|² + 1e-6), within the scan. */
  normalizeQk?: boolean | undefined
  /** Makes β this times the sigmoid of what is given: 1 for eigenvalues in [0,1], 2 for [-1,1]. */
  betaSigmoid?: 1 | 2 | undefined
}

const scanOf = (inputs: DeltaRuleInputs): MatrixScan => ({ ...inputs, transition: 'delta' })

/**
 * The delta rule in chunks, differentiable in every tensor (Yang et al. 2024, 2025; Kimi Team 2025; Siems et al. 2025).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const deltaRule = (inputs: DeltaRuleInputs): ScanOutputs => matrixScan(scanOf(inputs))

/** {@link deltaRule} token by token, without gradients. */
export const deltaRuleRecurrent = (inputs: DeltaRuleInputs): ScanOutputs =>
  matrixScanRecurrent(scanOf(inputs))

/** {@link deltaRule} in place: returns o, and overwrites `initialState` by the state after the last token. */
export const deltaRuleStep = (inputs: DeltaRuleInputs & { initialState: Tensor }): Tensor =>
  matrixScanStep(scanOf(inputs))
