// RMSNorm with a learned weight (Zhang & Sennrich 2019).

import * as ops from '../tensor/ops.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Layer, type LayerOptions } from './layer.ts'
import type { ParameterSpec } from './parameter.ts'

export class RmsNorm extends Layer {
  readonly specs: readonly ParameterSpec[]
  readonly #weight: ParameterSpec
  readonly #eps: number

  constructor(config: { hidden: number; eps?: number }, options: LayerOptions = {}) {
    super(options)
    this.#eps = config.eps ?? 1e-5
    this.#weight = {
      name: this.named('weight'),
      dims: [[{ name: 'hidden', size: config.hidden }]],
      initialiser: { kind: 'constant', value: 1 },
      weightDecay: false,
    }
    this.specs = [this.#weight]
  }

  /** x (.., hidden), each row divided by its root mean square and scaled. */
  forward(x: Tensor): Tensor {
    return ops.rmsNorm(x, { weight: this.weight(this.#weight), eps: this.#eps })
  }
}
