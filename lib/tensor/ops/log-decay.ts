// The decay of a scan, out of what a layer projects: one op for the gates of all layers.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

export interface LogDecayOptions {
  /**
   * With z = x + bias and rate = exp(logRate), the logarithm of the decay is
   * `softplus` (by default): −scale · rate · softplus(z), as in Mamba-2, Gated DeltaNet and KDA;
   * `bounded`: −scale · σ(rate · z), above −scale, as in RWKV-7;
   * `logSigmoid`: scale · rate · log σ(z), as in GLA.
   */
  form?: 'softplus' | 'bounded' | 'logSigmoid'
  /** (H), `A_log` of many layers; zeros if absent. */
  logRate?: Tensor | undefined
  /** (H) or (H, K) as x, `dt_bias` of many layers; zeros if absent. */
  bias?: Tensor | undefined
  /** Positive, 1 by default. */
  scale?: number
  /** Gives the decay 2 exp(g) − 1 in [-1, 1] itself in place of the logarithm g. */
  signed?: boolean
}

/**
 * x (B, T, H) or (B, T, H, K) to log-decays of the same shape, differentiable in every tensor.
 *
 * @throws RangeError naming the operand whose shape does not fit, or a `scale` that is not positive.
 */
export function logDecay(x: Tensor, options: LogDecayOptions = {}): Tensor {
  const { form = 'softplus', logRate, bias, scale = 1, signed = false } = options
  return new Tensor(addon.logDecay(x.handle, form, logRate?.handle ?? 0, bias?.handle ?? 0, scale, signed))
}
