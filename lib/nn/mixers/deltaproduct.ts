// DeltaProduct (Siems et al. 2025): several delta steps a token, so that its transition is a product of Householders.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { LayerOptions } from '../layer.ts'
import { DeltaMixer } from './delta.ts'

export interface DeltaProductConfig {
  kind: 'deltaproduct'
  heads: number
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
  eigenvalues: Eigenvalues
}

export class DeltaProduct extends DeltaMixer {
  constructor(config: Omit<DeltaProductConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super({ ...config, forgetGate: config.forgetGate ? 'head' : null, outputGate: null }, options)
  }
}
