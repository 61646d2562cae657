// The linear recurrences. Each has three forms with equal results: chunked, with gradients, for training and prefill;
// recurrent, token by token; and a step that updates its state in place, for decoding.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

/** The range that the eigenvalues of the state transition reach (Grazzi et al. 2025). */
export type Eigenvalues = '[0,1]' | '[-1,1]'

/** @throws RangeError unless `value` is one of the two ranges: it must never be ignored in silence. */
export function checkEigenvalues(value: string): Eigenvalues {
  if (value === '[0,1]' || value === '[-1,1]') return value
  throw new RangeError(`\`eigenvalues\` must be "[0,1]" or "[-1,1]", got "${value}"`)
}

/** Of a scan that takes packed sequences. */
export interface Packed {
  /**
   * Where each of N sequences starts that are packed one behind the other into a batch of 1, and where the last ends:
   * N + 1 whole numbers from 0 to T that do not decrease. A sequence may be empty; its final state is its initial one.
   * States then have N sequences in place of a batch. A RangeError names `cuSeqlens` where it does not fit.
   */
  cuSeqlens?: ArrayLike<number> | undefined
}

/** `cuSeqlens` as the addon takes it. */
const packedStarts = (cuSeqlens: ArrayLike<number> | undefined): Float64Array | undefined =>
  cuSeqlens && Float64Array.from(cuSeqlens)

/**
 * Inputs of the delta rule. Per token: S ← exp(g) S; then `householders` times S ← S + β k (v − Sᵀk)ᵀ; o = scale Sᵀq.
 * B batch, T tokens, H query/key heads, HV value heads (a multiple of H), K key dim, V value dim, n householders.
 */
export interface DeltaRuleInputs {
  /** (B, T, H, K) */
  q: Tensor
  /** (B, T·n, H, K), the n keys of a token next to each other. Of unit length for the bounds of `beta` to hold. */
  k: Tensor
  /** (B, T·n, HV, V) */
  v: Tensor
  /** (B, T·n, HV), used as given: in [0,1] the eigenvalues 1 − β lie in [0,1], in [0,2] they lie in [-1,1]. */
  beta: Tensor
  /** Natural logarithm of the decay: (B, T, HV) per head, (B, T, HV, K) per channel, or absent. */
  g?: Tensor | undefined
  /** (B, HV, K, V); zeros if absent. */
  initialState?: Tensor | undefined
  /** K^-½ by default. */
  scale?: number
  /** Delta steps a token (DeltaProduct), 1 by default. */
  householders?: number
}

function deltaRuleArguments(inputs: DeltaRuleInputs) {
  const { q, k, v, beta, g, initialState, scale, householders = 1 } = inputs
  if (!Number.isInteger(householders) || householders < 1)
    throw new RangeError(`\`householders\` must be a whole number from 1, got ${householders}`)
  return [
    q.handle,
    k.handle,
    v.handle,
    beta.handle,
    g?.handle ?? 0,
    initialState?.handle ?? 0,
    scale ?? (q.shape[3] ?? 1) ** -0.5,
    householders,
  ] as const
}

/**
 * The delta rule in chunks (Yang et al. 2024), differentiable in every tensor: o (B, T, HV, V) and the state
 * (B, HV, K, V) after the last token.
 */
export function deltaRule(inputs: DeltaRuleInputs): { o: Tensor; finalState: Tensor } {
  const [o, finalState] = addon.deltaRule(...deltaRuleArguments(inputs))
  return { o: new Tensor(o), finalState: new Tensor(finalState) }
}

/** The same token by token, without gradients. */
export function deltaRuleRecurrent(inputs: DeltaRuleInputs): { o: Tensor; finalState: Tensor } {
  const [o, finalState] = addon.deltaRuleRecurrent(...deltaRuleArguments(inputs))
  return { o: new Tensor(o), finalState: new Tensor(finalState) }
}

/** The same, in place: `initialState` is overwritten by the state after the last token. */
export function deltaRuleStep(inputs: DeltaRuleInputs & { initialState: Tensor }): Tensor {
  return new Tensor(addon.deltaRuleStep(...deltaRuleArguments(inputs)))
}

/**
 * Inputs of the selective scan of Mamba (Gu & Dao 2023): dt ← softplus(dt + dtBias); h ← a h + dt B u, with
 * a = exp(dt A) for eigenvalues "[0,1]" and 2 exp(dt A) − 1 for "[-1,1]"; y = (C·h + D u) silu(z).
 */
export interface SelectiveScanInputs {
  /** (B, T, D) */
  u: Tensor
  /** (B, T, D) */
  dt: Tensor
  /** (D, N), negative. */
  A: Tensor
  /** (B, T, N) */
  B: Tensor
  /** (B, T, N) */
  C: Tensor
  /** (D) */
  D?: Tensor | undefined
  /** (B, T, D) */
  z?: Tensor | undefined
  /** (D) */
  dtBias?: Tensor | undefined
  /** (B, D, N); zeros if absent. */
  initialState?: Tensor | undefined
  /** Whether dt passes through softplus, as by default. */
  dtSoftplus?: boolean
  eigenvalues: Eigenvalues
}

function selectiveScanArguments(inputs: SelectiveScanInputs) {
  const { u, dt, A, B, C, D, z, dtBias, initialState, dtSoftplus = true } = inputs
  return [
    u.handle,
    dt.handle,
    A.handle,
    B.handle,
    C.handle,
    D?.handle ?? 0,
    z?.handle ?? 0,
    dtBias?.handle ?? 0,
    initialState?.handle ?? 0,
    dtSoftplus,
    checkEigenvalues(inputs.eigenvalues) === '[-1,1]',
  ] as const
}

/** The selective scan, differentiable in every tensor: y (B, T, D) and the state (B, D, N) after the last token. */
export function selectiveScan(inputs: SelectiveScanInputs): { y: Tensor; finalState: Tensor } {
  const [y, finalState] = addon.selectiveScan(...selectiveScanArguments(inputs))
  return { y: new Tensor(y), finalState: new Tensor(finalState) }
}

/** The same by the plain recurrence, without gradients. */
export function selectiveScanRecurrent(inputs: SelectiveScanInputs): { y: Tensor; finalState: Tensor } {
  const [y, finalState] = addon.selectiveScanRecurrent(...selectiveScanArguments(inputs))
  return { y: new Tensor(y), finalState: new Tensor(finalState) }
}

/** The same, in place: `initialState` is overwritten by the state after the last token. */
export function selectiveScanStep(inputs: SelectiveScanInputs & { initialState: Tensor }): Tensor {
  return new Tensor(addon.selectiveScanStep(...selectiveScanArguments(inputs)))
}

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
