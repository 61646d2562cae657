// Scans whose transition is a diagonal plus a matrix of rank one: RWKV-7, IPLR. Three forms with equal results.

import type { Tensor } from '../tensor.ts'
import {
  type MatrixScan,
  matrixScan,
  matrixScanRecurrent,
  matrixScanStep,
  type ScanOutputs,
  type StateOptions,
} from './matrix-scan.ts'

/**
 * Inputs of a diagonal-plus-rank-one scan. Per token: S ← (diag(exp w) + b aᵀ) S + k vᵀ; o = scale Sᵀr. B batch, T
 * tokens, H query/key heads, HV value heads (a multiple of H), K key dim, V value dim, N packed sequences. States stay
 * bounded where the norm of diag(exp w) + b aᵀ does not exceed 1.
 */
export interface DplrInputs extends StateOptions {
  /** (B, T, H, K), the query; "receptance" in RWKV. */
  r: Tensor
  /** Natural logarithm of the decay: (B, T, HV, K), or (B, T, HV) for one a head; no decay if absent (IPLR). */
  w?: Tensor | undefined
  /** (B, T, H, K) */
  k: Tensor
  /** (B, T, HV, V) */
  v: Tensor
  /** (B, T, H, K) */
  a: Tensor
  /** (B, T, H, K) */
  b: Tensor
  /** Of the readout; 1 by default. */
  scale?: number | undefined
}

function scanOf({ r, w, k, v, a, b, initialState, scale = 1, cuSeqlens }: DplrInputs): MatrixScan {
  return { transition: 'dplr', q: r, k, v, a, b, g: w, initialState, scale, cuSeqlens }
}

/**
 * The diagonal-plus-rank-one scan in chunks, differentiable in every tensor (Peng et al. 2025).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const dplr = (inputs: DplrInputs): ScanOutputs => matrixScan(scanOf(inputs))

/** {@link dplr} token by token, without gradients. */
export const dplrRecurrent = (inputs: DplrInputs): ScanOutputs => matrixScanRecurrent(scanOf(inputs))

/** {@link dplr} in place: returns o, and overwrites `initialState` by the state after the last token. */
export const dplrStep = (inputs: DplrInputs & { initialState: Tensor }): Tensor =>
  matrixScanStep(scanOf(inputs))
