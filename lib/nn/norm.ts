// The norms of a network: over the hidden width, before every mixer and feed-forward layer and before the head.

import * as ops from '../tensor/ops.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { axis, constant, LayerParameters } from './layer-parameters.ts'
import type { ParameterSpec } from './parameter.ts'

export interface NormConfig {
  /** RMSNorm (Zhang & Sennrich 2019), or LayerNorm (Ba et al. 2016) as in RWKV-7. */
  kind: 'rms' | 'layer'
  eps: number
  /** Whether a LayerNorm adds a bias. */
  bias?: boolean | undefined
}

export const defaultNorm: NormConfig = { kind: 'rms', eps: 1e-5 }

/** @throws RangeError for a kind there is not, an `eps` that is not positive, or an RMSNorm with a bias. */
function checkNorm({ kind, eps, bias = false }: NormConfig): void {
  if (kind !== 'rms' && kind !== 'layer')
    throw new RangeError(`\`kind\` of a norm must be rms or layer, got "${kind}"`)
  checkEps('eps', eps)
  if (kind === 'rms' && bias) throw new RangeError('`bias` goes with layer norms, not with rms')
}

/** @throws RangeError unless the number is finite and positive. */
export function checkEps(name: string, eps: number): void {
  if (!(eps > 0 && Number.isFinite(eps)))
    throw new RangeError(`\`${name}\` must be a positive number, got ${eps}`)
}

export class Norm extends Layer {
  readonly specs: readonly ParameterSpec[]
  readonly #config: NormConfig
  readonly #weight: ParameterSpec
  readonly #bias: ParameterSpec | null

  constructor(config: NormConfig & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    checkNorm(config)
    this.#config = config
    const layer = new LayerParameters((local) => this.named(local))
    const C = axis('hidden', config.hidden)
    this.#weight = layer.undecayed('weight', [[C]], constant(1))
    this.#bias = config.bias ? layer.undecayed('bias', [[C]], constant(0)) : null
    this.specs = [this.#weight, ...(this.#bias ? [this.#bias] : [])]
  }

  /** x (.., hidden), each row normalised and scaled. */
  forward(x: Tensor): Tensor {
    const { kind, eps } = this.#config
    const weight = this.weight(this.#weight)
    if (kind === 'rms') return ops.rmsNorm(x, { weight, eps })
    return ops.layerNorm(x, { weight, bias: this.#bias ? this.weight(this.#bias) : undefined, eps })
  }
}
