// The feed-forward layer of RWKV-7 (Peng et al. 2025): value(relu(key x)²), where x is a mixture of a token and the one
// before. Names of the weights are those of flash-linear-attention.

import * as ops from '../tensor/ops.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { FeedForward } from './feed-forward.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { axis, LayerParameters, share } from './layer-parameters.ts'
import { checkCounts, linearFlops, type MixerState, type Pass } from './mixer.ts'
import type { ParameterSpec } from './parameter.ts'
import { mixedWithLast } from './token-shift.ts'

export class ChannelMix extends Layer implements FeedForward {
  readonly hidden: number
  readonly width: number
  readonly specs: readonly ParameterSpec[]
  readonly #spec: { share: ParameterSpec; key: ParameterSpec; value: ParameterSpec }

  constructor(config: { hidden: number; width: number }, options: LayerOptions = {}) {
    super(options)
    checkCounts(config)
    this.hidden = config.hidden
    this.width = config.width
    const C = axis('hidden', config.hidden)
    const M = axis('width', config.width)
    const layer = new LayerParameters((local) => this.named(local))
    this.#spec = {
      share: layer.undecayed('x_k', [[C]], share(1)),
      key: layer.matrix('key.weight', [[M], [C]]),
      value: layer.matrix('value.weight', [[C], [M]]),
    }
    this.specs = Object.values(this.#spec)
  }

  /** x (B, T, hidden) to y (B, T, hidden). */
  forward(x: Tensor, state?: MixerState, pass: Pass = {}): Tensor {
    const last = state?.mlpLast
    const mixed = mixedWithLast(x, this.weight(this.#spec.share), last, pass)
    const y = this.linear(ops.square(ops.relu(this.linear(mixed, this.#spec.key))), this.#spec.value)
    if (last) ops.copy(x.narrow(1, (x.shape[1] ?? 1) - 1, 1), last)
    return y
  }

  createState(batch: number): MixerState {
    return { mlpLast: Tensor.zeros([batch, 1, this.hidden]) }
  }

  flopsPerToken(): number {
    return 2 * linearFlops(this.hidden, this.width) + 4 * this.hidden
  }
}
