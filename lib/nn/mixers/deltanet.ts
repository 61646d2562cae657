// DeltaNet (Schlag et al. 2021; Yang et al. 2024): one delta step a token, no decay.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { completed, DeltaMixer, type DeltaOptions } from './delta.ts'

export interface DeltaNetConfig extends DeltaOptions {
  kind: 'deltanet'
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  /** Whether the output is multiplied by SiLU of a projection; not by default. */
  outputGate?: boolean | undefined
  eigenvalues: Eigenvalues
}

export class DeltaNet extends DeltaMixer {
  constructor(config: Omit<DeltaNetConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    const outputGate = config.outputGate ? 'silu' : null
    super({ ...completed(config), householders: 1, forgetGate: null, outputGate }, options)
  }
}
