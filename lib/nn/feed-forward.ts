// What a block does to every token after its mixer: one of the feed-forward layers.

import type { Tensor } from '../tensor/tensor.ts'
import { ChannelMix } from './channel-mix.ts'
import type { Layer, LayerOptions } from './layer.ts'
import type { MixerState, Pass } from './mixer.ts'
import { Mlp } from './mlp.ts'

export interface FeedForwardConfig {
  width: number
  /** SwiGLU by default; `channel-mix` is that of RWKV-7, which reads the token before as well. */
  kind?: 'swiglu' | 'channel-mix' | undefined
}

export interface FeedForward extends Layer {
  /** x (B, T, hidden) to y of the same shape; a state is that of the block, and is advanced. */
  forward(x: Tensor, state?: MixerState, pass?: Pass): Tensor
  /** What the layer carries from token to token, under names that no mixer has. */
  createState(batch: number): MixerState
  flopsPerToken(): number
}

/** @throws RangeError if `kind` names no feed-forward layer. */
export function createFeedForward(
  { kind = 'swiglu', width }: FeedForwardConfig,
  hidden: number,
  options: LayerOptions,
): FeedForward {
  switch (kind) {
    case 'swiglu':
      return new Mlp({ hidden, width }, options)
    case 'channel-mix':
      return new ChannelMix({ hidden, width }, options)
    default:
      throw new RangeError(`\`kind\` of a feed-forward layer must be swiglu or channel-mix, got "${kind}"`)
  }
}
