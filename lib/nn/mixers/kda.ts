// Kimi Delta Attention (Kimi Team 2025): Gated DeltaNet whose state decays by a gate for every key channel.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { completed, DeltaMixer, type DeltaOptions } from './delta.ts'

export interface KimiDeltaAttentionConfig extends DeltaOptions {
  kind: 'kda'
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head, and the rank of the projections to the gates. */
  valueDim: number
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  /**
   * Null for the decay −exp(A_log) softplus(f + dt_bias); a number below 0, −5 in published models, for
   * lowerBound · σ(exp(A_log) (f + dt_bias)).
   */
  lowerBound: number | null
  eigenvalues: Eigenvalues
}

export class KimiDeltaAttention extends DeltaMixer {
  constructor(
    config: Omit<KimiDeltaAttentionConfig, 'kind'> & { hidden: number },
    options: LayerOptions = {},
  ) {
    const { lowerBound } = config
    if (lowerBound !== null && !(lowerBound < 0 && Number.isFinite(lowerBound)))
      throw new RangeError(`\`lowerBound\` must be a number below 0, or null, got ${lowerBound}`)
    super({ ...completed(config), householders: 1, forgetGate: 'channel', outputGate: 'sigmoid' }, options)
  }
}
