// Normalisations over the last dimension.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

export const softmax = (x: Tensor): Tensor => new Tensor(addon.softmax(x.handle))
export const logSoftmax = (x: Tensor): Tensor => new Tensor(addon.logSoftmax(x.handle))

/** x / sqrt(mean x² + eps) · weight (Zhang & Sennrich 2019); the weight defaults to ones. */
export const rmsNorm = (x: Tensor, options: { weight?: Tensor; eps?: number } = {}): Tensor =>
  new Tensor(addon.rmsNorm(x.handle, options.weight?.handle ?? 0, options.eps ?? 1e-5))

/** rmsNorm(x) · silu(gate): norm first, then gate; gate has x's shape. */
export const gatedRmsNorm = (
  x: Tensor,
  gate: Tensor,
  options: { weight?: Tensor; eps?: number } = {},
): Tensor =>
  new Tensor(addon.gatedRmsNorm(x.handle, gate.handle, options.weight?.handle ?? 0, options.eps ?? 1e-5))

/** (x - mean) / sqrt(variance + eps) · weight + bias. */
export const layerNorm = (
  x: Tensor,
  options: { weight?: Tensor; bias?: Tensor; eps?: number } = {},
): Tensor =>
  new Tensor(
    addon.layerNorm(x.handle, options.weight?.handle ?? 0, options.bias?.handle ?? 0, options.eps ?? 1e-5),
  )

/** x / sqrt(sum x² + eps), as flash-linear-attention normalises queries and keys. */
export const l2Norm = (x: Tensor, options: { eps?: number } = {}): Tensor =>
  new Tensor(addon.l2Norm(x.handle, options.eps ?? 1e-6))
