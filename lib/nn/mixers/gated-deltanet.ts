// Gated DeltaNet (Yang, Kautz & Hatamizadeh 2025): the state decays before each delta step, and the output is gated.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { DeltaMixer } from './delta.ts'

export interface GatedDeltaNetConfig {
  kind: 'gated-deltanet'
  heads: number
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  eigenvalues: Eigenvalues
}

export class GatedDeltaNet extends DeltaMixer {
  constructor(config: Omit<GatedDeltaNetConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super({ ...config, householders: 1, forgetGate: 'head', outputGate: 'silu' }, options)
  }
}
