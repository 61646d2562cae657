// A sequence classifier: logits over classes at every token, read wherever the task asks for an answer.

import type { LayerOptions } from './layer.ts'
import { SequenceNetwork, type SequenceNetworkConfig } from './sequence-network.ts'
import { Session, type SessionOptions } from './session.ts'

export interface SequenceClassifierConfig extends SequenceNetworkConfig {
  kind: 'sequence-classifier'
  classes: number
}

export class SequenceClassifier extends SequenceNetwork {
  readonly config: SequenceClassifierConfig

  constructor(config: Omit<SequenceClassifierConfig, 'kind'>, options: LayerOptions = {}) {
    super(config, { name: 'classifier.weight', outputs: config.classes, tied: false }, options)
    this.config = { ...config, kind: 'sequence-classifier' }
  }

  /** A streaming session: the logits after every token, with constant memory. */
  session(options: SessionOptions = {}): Session {
    return new Session(this, options)
  }
}
