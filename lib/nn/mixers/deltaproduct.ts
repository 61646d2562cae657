// DeltaProduct (Siems et al. 2025): several delta steps a token, so that its transition is a product of Householders.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { completed, DeltaMixer, type DeltaOptions } from './delta.ts'

export interface DeltaProductConfig extends DeltaOptions {
  kind: 'deltaproduct'
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Delta steps a token. */
  householders: number
  /** Whether the state decays by a learned gate before each token (Gated DeltaProduct). */
  forgetGate: boolean
  /** Taps of the short convolution; 0 for none. */
  convolution: number
  /** Whether the output is multiplied by SiLU of a projection; not by default. */
  outputGate?: boolean | undefined
  eigenvalues: Eigenvalues
}

export class DeltaProduct extends DeltaMixer {
  constructor(config: Omit<DeltaProductConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    const forgetGate = config.forgetGate ? 'head' : null
    const outputGate = config.outputGate ? 'silu' : null
    super({ ...completed(config), forgetGate, outputGate }, options)
  }
}
