// The scan of the mLSTM: linear attention with exponential input gates and a normaliser. Three forms with equal
// results.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'
import { type Packed, packedStarts } from './packed.ts'

/**
 * The state of the mLSTM, in the form that a step updates in place: the matrix memory C and the normaliser n as one
 * tensor, both divided by exp(m).
 */
export interface MlstmState {
  /** (B or N, HV, K, V + 1): columns 0 to V − 1 are C, the last one is n. */
  memory: Tensor
  /** (B or N, HV), the stabiliser. It only says how memory is scaled: no output depends on it, and no gradient does. */
  m: Tensor
}

/**
 * Inputs of the mLSTM. Per token, with κ = `keyScale`: C ← σ(f) C + exp(i) κ k vᵀ; n ← σ(f) n + exp(i) κ k;
 * h = Cᵀq / (max(|n·q|, 1) + ε), in numbers scaled by the running maximum m_t = max(log σ(f) + m_{t−1}, i), where the 1
 * is exp(−m). B batch, T tokens, H query/key heads, HV value heads (a multiple of H), K key dim, V value dim, N packed
 * sequences.
 */
export interface MlstmInputs extends Packed {
  /** (B, T, H, K) */
  q: Tensor
  /** (B, T, H, K) */
  k: Tensor
  /** (B, T, HV, V) */
  v: Tensor
  /** (B, T, HV), the logarithm of the input gate. */
  i: Tensor
  /** (B, T, HV), the forget gate before its sigmoid. */
  f: Tensor
  /** Zeros if absent. */
  initialState?: MlstmState | undefined
  /** κ, K^-½ by default. */
  keyScale?: number | undefined
  /** ε, added to the divisor of the scaled numbers; 0 by default. Its gradient in m is left out. */
  eps?: number | undefined
}

/** What the scan gives; h and memory are differentiable. */
export interface MlstmOutputs {
  /** (B, T, HV, V) */
  h: Tensor
  finalState: MlstmState
}

function mlstmArguments(inputs: MlstmInputs) {
  const { q, k, v, i, f, initialState, keyScale, eps = 0, cuSeqlens } = inputs
  if (!(eps >= 0)) throw new RangeError(`\`eps\` must be a number from 0, got ${eps}`)
  if (keyScale !== undefined && !Number.isFinite(keyScale))
    throw new RangeError(`\`keyScale\` must be a finite number, got ${keyScale}`)
  return [
    q.handle,
    k.handle,
    v.handle,
    i.handle,
    f.handle,
    initialState?.memory.handle ?? 0,
    initialState?.m.handle ?? 0,
    keyScale ?? (q.shape[3] ?? 1) ** -0.5,
    eps,
    packedStarts(cuSeqlens),
  ] as const
}

const outputs = ([h, memory, m]: [number, number, number]): MlstmOutputs => ({
  h: new Tensor(h),
  finalState: { memory: new Tensor(memory), m: new Tensor(m) },
})

/**
 * The mLSTM in chunks, differentiable in every tensor but m (Beck et al. 2024, equations 19 to 27).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const mlstm = (inputs: MlstmInputs): MlstmOutputs => outputs(addon.mlstm(...mlstmArguments(inputs)))

/** {@link mlstm} token by token, without gradients. */
export const mlstmRecurrent = (inputs: MlstmInputs): MlstmOutputs =>
  outputs(addon.mlstmRecurrent(...mlstmArguments(inputs)))

/** {@link mlstm} in place: returns h, and overwrites the tensors of `initialState` by the state after the last token. */
export const mlstmStep = (inputs: MlstmInputs & { initialState: MlstmState }): Tensor =>
  new Tensor(addon.mlstmStep(...mlstmArguments(inputs)))
