// The scans, attention and norms of `ops` in plain float64 loops, and their gradients: what the kernels are tested
// against, and what a gradient of your own can be checked with. The loops are in native/reference, made to be read.
// Slow, synchronous, on one thread; sizes come with the operands, which are row-major arrays.

import { addon } from '../native/load.ts'
import type {
  AttentionReferenceGradients,
  AttentionReferenceInputs,
  CausalConv1dReferenceGradients,
  CausalConv1dReferenceInputs,
  CausalConv1dReferenceOutputs,
  DeltaRuleReferenceInputs,
  MatmulReferenceInputs,
  MatrixScanReferenceGradients,
  MatrixScanReferenceInputs,
  MatrixScanReferenceOutputs,
  MlstmReferenceGradients,
  MlstmReferenceInputs,
  MlstmReferenceOutputs,
  NormReferenceGradients,
  NormReferenceInputs,
  RotaryReferenceInputs,
  SelectiveScanReferenceGradients,
  SelectiveScanReferenceInputs,
  SelectiveScanReferenceOutputs,
  SsdReferenceGradients,
  SsdReferenceInputs,
  SsdReferenceOutputs,
} from '../native/reference.ts'

export type * from '../native/reference.ts'

/**
 * The scans with a matrix state. Per token: S ← decay S; then `householders` times S ← S + β k vᵀ (additive) or
 * S ← S + β k (v − Sᵀk)ᵀ (delta); or S ← (decay + b aᵀ) S + k vᵀ (dplr); o = scale Sᵀq + skip v.
 *
 * @throws RangeError naming the size or the array that does not fit, TypeError naming one of the wrong kind; so do all
 * references.
 */
export const matrixScan = (inputs: MatrixScanReferenceInputs): MatrixScanReferenceOutputs =>
  addon.referenceMatrixScan(inputs)

/** Gradients of a loss whose gradients in the outputs of {@link matrixScan} are given; finalState's is zero if absent. */
export const matrixScanGradients = (
  inputs: MatrixScanReferenceInputs,
  outputGradients: { o: Float64Array; finalState?: Float64Array | undefined },
): MatrixScanReferenceGradients => addon.referenceMatrixScanGradients(inputs, outputGradients)

/** {@link matrixScan} of the delta rule. */
export const deltaRule = (inputs: DeltaRuleReferenceInputs): MatrixScanReferenceOutputs =>
  matrixScan({ ...inputs, transition: 'delta' })

/** As {@link matrixScanGradients}, of {@link deltaRule}. */
export const deltaRuleGradients = (
  inputs: DeltaRuleReferenceInputs,
  outputGradients: { o: Float64Array; finalState?: Float64Array | undefined },
): MatrixScanReferenceGradients => matrixScanGradients({ ...inputs, transition: 'delta' }, outputGradients)

/**
 * The scan of Mamba-2: dt ← softplus(dt + dtBias); h ← a h + dt x Bᵀ, with a = exp(dt A), or 2 exp(dt A) − 1 for
 * negative eigenvalues; y = h C + D x.
 */
export const ssd = (inputs: SsdReferenceInputs): SsdReferenceOutputs => addon.referenceSsd(inputs)

/** As {@link matrixScanGradients}, of {@link ssd}. */
export const ssdGradients = (
  inputs: SsdReferenceInputs,
  outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
): SsdReferenceGradients => addon.referenceSsdGradients(inputs, outputGradients)

/**
 * The mLSTM before it is stabilised: C ← σ(f) C + exp(i) κ k vᵀ, n ← σ(f) n + exp(i) κ k, h = Cᵀq / max(|n·q|, 1) with
 * κ = `keyScale`.
 */
export const mlstm = (inputs: MlstmReferenceInputs): MlstmReferenceOutputs => addon.referenceMlstm(inputs)

/** Gradients of a loss whose gradients in the outputs of {@link mlstm} are given; memory's is zero if absent. */
export const mlstmGradients = (
  inputs: MlstmReferenceInputs,
  outputGradients: { h: Float64Array; memory?: Float64Array | undefined },
): MlstmReferenceGradients => addon.referenceMlstmGradients(inputs, outputGradients)

/**
 * The selective scan of Mamba: dt ← softplus(dt + dtBias); h ← a h + dt B u, with a = exp(dt A), or 2 exp(dt A) − 1 for
 * negative eigenvalues; y = (C·h + D u) silu(z).
 */
export const selectiveScan = (inputs: SelectiveScanReferenceInputs): SelectiveScanReferenceOutputs =>
  addon.referenceSelectiveScan(inputs)

/** As {@link matrixScanGradients}, of {@link selectiveScan}. */
export const selectiveScanGradients = (
  inputs: SelectiveScanReferenceInputs,
  outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
): SelectiveScanReferenceGradients => addon.referenceSelectiveScanGradients(inputs, outputGradients)

/** The depthwise causal convolution, and the last W − 1 inputs. */
export const causalConv1d = (inputs: CausalConv1dReferenceInputs): CausalConv1dReferenceOutputs =>
  addon.referenceCausalConv1d(inputs)

/** As {@link matrixScanGradients}, of {@link causalConv1d}. */
export const causalConv1dGradients = (
  inputs: CausalConv1dReferenceInputs,
  outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
): CausalConv1dReferenceGradients => addon.referenceCausalConv1dGradients(inputs, outputGradients)

/** Causal softmax attention: o (B, T, H, V). */
export const attention = (inputs: AttentionReferenceInputs): { o: Float64Array } =>
  addon.referenceAttention(inputs)

/** Gradients of a loss whose gradient in o of {@link attention} is given. */
export const attentionGradients = (
  inputs: AttentionReferenceInputs,
  outputGradients: { o: Float64Array },
): AttentionReferenceGradients => addon.referenceAttentionGradients(inputs, outputGradients)

/** Turns each pair (x_i, x_{i+K/2}) of token t by (position + t) base^(−2 i / K): y of x's shape. */
export const rotary = (inputs: RotaryReferenceInputs): { y: Float64Array } => addon.referenceRotary(inputs)

/** A norm over columns: y (rows, columns). */
export const norm = (inputs: NormReferenceInputs): { y: Float64Array } => addon.referenceNorm(inputs)

/** Gradients of a loss whose gradient in y of {@link norm} is given. */
export const normGradients = (
  inputs: NormReferenceInputs,
  outputGradients: { y: Float64Array },
): NormReferenceGradients => addon.referenceNormGradients(inputs, outputGradients)

/** The matrix product of float32 operands with float64 sums: c (batch, m, n), rounded once. */
export const matmul = (inputs: MatmulReferenceInputs): { c: Float32Array } => addon.referenceMatmul(inputs)
