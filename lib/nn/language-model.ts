// A language model: logits for the next token at every token.

import type { LayerOptions } from './layer.ts'
import { SequenceNetwork, type SequenceNetworkConfig } from './sequence-network.ts'
import { Session, type SessionOptions } from './session.ts'

export interface LanguageModelConfig extends SequenceNetworkConfig {
  kind: 'language-model'
  /** Whether the head is the transpose of the embeddings. */
  tieEmbeddings: boolean
}

export class LanguageModel extends SequenceNetwork {
  readonly config: LanguageModelConfig

  constructor(config: Omit<LanguageModelConfig, 'kind'>, options: LayerOptions = {}) {
    super(config, { name: 'lm_head.weight', outputs: config.vocabulary, tied: config.tieEmbeddings }, options)
    this.config = { ...config, kind: 'language-model' }
  }

  /** A streaming session: memory that stays the same from token to token, one native call a token. */
  session(options: SessionOptions = {}): Session {
    return new Session(this, options)
  }
}
