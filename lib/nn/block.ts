// A residual block: x += mixer(norm(x)), then x += mlp(norm(x)) where there is an MLP.

import * as ops from '../tensor/ops.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { createFeedForward, type FeedForward, type FeedForwardConfig } from './feed-forward.ts'
import { Layer, type LayerOptions } from './layer.ts'
import type { Mixer, MixerState, Pass } from './mixer.ts'
import { createMixer, type MixerConfig } from './mixers.ts'
import { defaultNorm, Norm, type NormConfig } from './norm.ts'
import type { ParameterSpec } from './parameter.ts'

export interface BlockConfig {
  mixer: MixerConfig
  /** The feed-forward layer, or null for none. */
  mlp: FeedForwardConfig | null
}

export class Block extends Layer {
  readonly mixer: Mixer
  readonly mlp: FeedForward | null
  readonly specs: readonly ParameterSpec[]
  readonly #mixerNorm: Norm
  readonly #mlpNorm: Norm | null

  constructor(
    config: BlockConfig & { hidden: number; norm?: NormConfig | undefined },
    options: LayerOptions = {},
  ) {
    super(options)
    const { hidden, norm = defaultNorm } = config
    const inside = (local: string): LayerOptions => ({ ...options, name: this.named(local) })
    this.#mixerNorm = new Norm({ ...norm, hidden }, inside('mixer_norm'))
    this.mixer = createMixer(config.mixer, hidden, inside(config.mixer.kind))
    this.#mlpNorm = config.mlp ? new Norm({ ...norm, hidden }, inside('mlp_norm')) : null
    this.mlp = config.mlp ? createFeedForward(config.mlp, hidden, inside('mlp')) : null
    this.specs = [this.#mixerNorm, this.mixer, this.#mlpNorm, this.mlp].flatMap((layer) => layer?.specs ?? [])
  }

  /** x (B, T, hidden) to the same shape; with a state, tokens continue from it and advance it. */
  forward(x: Tensor, state?: MixerState, pass: Pass = {}): Tensor {
    const mixed = ops.add(x, this.mixer.forward(this.#mixerNorm.forward(x), state, pass))
    if (!this.mlp || !this.#mlpNorm) return mixed
    return ops.add(mixed, this.mlp.forward(this.#mlpNorm.forward(mixed), state, pass))
  }

  /** The state before the first token of `batch` sequences. `maxTokens` bounds mixers whose state grows. */
  createState(batch: number, maxTokens: number): MixerState {
    return { ...this.mixer.createState(batch, maxTokens), ...this.mlp?.createState(batch) }
  }

  flopsPerToken(context: number): number {
    return this.mixer.flopsPerToken(context) + (this.mlp?.flopsPerToken() ?? 0)
  }
}
