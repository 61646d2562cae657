// DeltaNet (Schlag et al. 2021; Yang et al. 2024): one delta step a token, no decay.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { DeltaMixer } from './delta.ts'

export interface DeltaNetConfig {
  kind: 'deltanet'
  heads: number
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  eigenvalues: Eigenvalues
}

export class DeltaNet extends DeltaMixer {
  constructor(config: Omit<DeltaNetConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super({ ...config, householders: 1, forgetGate: null, outputGate: null }, options)
  }
}
