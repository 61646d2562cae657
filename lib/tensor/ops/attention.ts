// Causal softmax attention and rotary position embedding.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

/**
 * o_t = Σ_s softmax_s(scale q_t·k_s) v_s over s ≤ t, and s > t − window where a window is given.
 * q (B, T, H, D), k (B, T, HK, D), v (B, T, HK, V) with H a multiple of HK: o (B, T, H, V). The scale defaults to D^-½.
 */
export const attention = (
  inputs: { q: Tensor; k: Tensor; v: Tensor },
  options: { scale?: number; window?: number } = {},
): Tensor => {
  const { q, k, v } = inputs
  const scale = options.scale ?? (q.shape[3] ?? 1) ** -0.5
  return new Tensor(addon.attention(q.handle, k.handle, v.handle, scale, options.window ?? 0))
}

/**
 * Attention of one token a sequence, q (B, 1, H, D), over ring-buffer caches (B, capacity, HK, D or V) that the new key
 * and value are written to at int32 `position`, (1) or (B), modulo the capacity. Advance the position afterwards.
 */
export const attentionStep = (
  inputs: { q: Tensor; k: Tensor; v: Tensor; keyCache: Tensor; valueCache: Tensor; position: Tensor },
  options: { scale?: number } = {},
): Tensor => {
  const { q, k, v, keyCache, valueCache, position } = inputs
  const scale = options.scale ?? (q.shape[3] ?? 1) ** -0.5
  return new Tensor(
    addon.attentionStep(
      q.handle,
      k.handle,
      v.handle,
      keyCache.handle,
      valueCache.handle,
      position.handle,
      scale,
    ),
  )
}

/** x (B, T, H, D) with each pair (x_i, x_{i+D/2}) turned by its position (Su et al. 2021), counted from `position`, (1) or (B). */
export const rotary = (x: Tensor, options: { base?: number; position?: Tensor | undefined } = {}): Tensor =>
  new Tensor(addon.rotary(x.handle, options.base ?? 10000, options.position?.handle ?? 0))

/** Adds `count` to every int32 position, in order with the work queued so far. */
export const advance = (position: Tensor, count: number): void => addon.advance(position.handle, count)
