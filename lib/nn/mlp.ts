// The SwiGLU feed-forward layer (Shazeer 2020): down(silu(gate x) ∘ up x), without biases.

import * as ops from '../tensor/ops.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { FeedForward } from './feed-forward.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { checkCounts, linearFlops, type MixerState } from './mixer.ts'
import { type Axis, linearInitialiser, type ParameterSpec } from './parameter.ts'

export class Mlp extends Layer implements FeedForward {
  readonly hidden: number
  readonly width: number
  readonly specs: readonly ParameterSpec[]
  readonly #spec: { gate: ParameterSpec; up: ParameterSpec; down: ParameterSpec }

  constructor(config: { hidden: number; width: number }, options: LayerOptions = {}) {
    super(options)
    checkCounts(config)
    this.hidden = config.hidden
    this.width = config.width
    const C: Axis = { name: 'hidden', size: config.hidden }
    const M: Axis = { name: 'width', size: config.width }
    const matrix = (local: string, out: Axis, into: Axis): ParameterSpec => ({
      name: this.named(local),
      dims: [[out], [into]],
      initialiser: linearInitialiser(into.size),
      weightDecay: true,
    })
    this.#spec = {
      gate: matrix('gate_proj.weight', M, C),
      up: matrix('up_proj.weight', M, C),
      down: matrix('down_proj.weight', C, M),
    }
    this.specs = Object.values(this.#spec)
  }

  /** x (.., hidden) to y (.., hidden). */
  forward(x: Tensor): Tensor {
    const gate = ops.silu(ops.linear(x, this.weight(this.#spec.gate)))
    const up = ops.linear(x, this.weight(this.#spec.up))
    return ops.linear(ops.multiply(gate, up), this.weight(this.#spec.down))
  }

  createState(): MixerState {
    return {}
  }

  flopsPerToken(): number {
    return 3 * linearFlops(this.hidden, this.width)
  }
}
