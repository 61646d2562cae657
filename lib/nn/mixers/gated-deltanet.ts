// Gated DeltaNet (Yang, Kautz & Hatamizadeh 2025): the state decays before each delta step, and the output is gated.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { completed, DeltaMixer, type DeltaOptions } from './delta.ts'

export interface GatedDeltaNetConfig extends DeltaOptions {
  kind: 'gated-deltanet'
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  /** Whether the output is multiplied by SiLU of a projection, as by default. */
  outputGate?: boolean | undefined
  eigenvalues: Eigenvalues
}

export class GatedDeltaNet extends DeltaMixer {
  constructor(config: Omit<GatedDeltaNetConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    const outputGate = (config.outputGate ?? true) ? 'silu' : null
    super({ ...completed(config), householders: 1, forgetGate: 'head', outputGate }, options)
  }
}
