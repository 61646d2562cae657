// Normalisations over the last dimension.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

export const softmax = (x: Tensor): Tensor => new Tensor(addon.softmax(x.handle))
export const logSoftmax = (x: Tensor): Tensor => new Tensor(addon.logSoftmax(x.handle))

/**
 * Options of norms whose result is scaled. The weight has the size of x's last dimension, or the sizes of its last two:
 * then every place in the dimension before the last, such as a head or a group of channels, has a weight of its own.
 */
export interface NormOptions {
  /** Ones if absent. */
  weight?: Tensor | undefined
  /** 1e-5 by default. */
  eps?: number
}

/** x / sqrt(mean x² + eps) · weight (Zhang & Sennrich 2019). */
export const rmsNorm = (x: Tensor, { weight, eps = 1e-5 }: NormOptions = {}): Tensor =>
  new Tensor(addon.rmsNorm(x.handle, weight?.handle ?? 0, eps))

/**
 * rmsNorm(x) · act(gate), or rmsNorm(x · act(gate)) with `gateFirst` (Mamba-2). The gate has x's shape; act is `silu`
 * by default.
 */
export const gatedRmsNorm = (
  x: Tensor,
  gate: Tensor,
  options: NormOptions & { activation?: 'silu' | 'sigmoid'; gateFirst?: boolean } = {},
): Tensor => {
  const { weight, eps = 1e-5, activation = 'silu', gateFirst = false } = options
  return new Tensor(
    addon.gatedRmsNorm(x.handle, gate.handle, weight?.handle ?? 0, eps, activation, gateFirst),
  )
}

/** (x - mean) / sqrt(variance + eps) · weight + bias; the bias has the shape of the weight. */
export const layerNorm = (
  x: Tensor,
  { weight, bias, eps = 1e-5 }: NormOptions & { bias?: Tensor | undefined } = {},
): Tensor => new Tensor(addon.layerNorm(x.handle, weight?.handle ?? 0, bias?.handle ?? 0, eps))

/** x / sqrt(sum x² + eps), as flash-linear-attention normalises queries and keys. */
export const l2Norm = (x: Tensor, options: { eps?: number } = {}): Tensor =>
  new Tensor(addon.l2Norm(x.handle, options.eps ?? 1e-6))
