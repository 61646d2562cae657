// The base of every layer: a configuration, the parameters it needs, and the place it finds them.

import { linear } from '../tensor/ops/matmul.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { LowRank } from './layer-parameters.ts'
import { type ParameterSource, type ParameterSpec, ParameterStore } from './parameter.ts'

export interface LayerOptions {
  /** Prefix of the parameter names, such as `layers.0.deltanet`. */
  name?: string
  /** Where the weights are; by default a store of the layer's own, drawn from `seed`. */
  parameters?: ParameterSource
  seed?: number
}

export abstract class Layer {
  readonly name: string
  readonly #seed: number
  #source: ParameterSource | undefined

  constructor(options: LayerOptions) {
    this.name = options.name ?? ''
    this.#seed = options.seed ?? 0
    this.#source = options.parameters
  }

  /** Every parameter of the layer, in the order they are drawn in. */
  abstract readonly specs: readonly ParameterSpec[]

  /** The weights of a layer that owns them. @throws Error if it is part of a network, or a slice of a supernet. */
  get parameters(): ParameterStore {
    const source = this.initialise()
    if (source instanceof ParameterStore) return source
    throw new Error('the parameters of this layer belong to the network it is part of')
  }

  /** The tensor of one of `specs`, in the shape of its axes. */
  protected weight(spec: ParameterSpec): Tensor {
    return this.initialise().get(spec)
  }

  /** x (.., in) times a matrix of `specs`, whose first dimension is the outputs, plus a bias: (.., out). */
  protected linear(x: Tensor, matrix: ParameterSpec, bias?: ParameterSpec | null): Tensor {
    return linear(x, this.weight(matrix), {
      outputDims: matrix.dims[0]?.length ?? 1,
      bias: bias ? this.weight(bias).reshape([-1]) : undefined,
    })
  }

  protected lowRank(x: Tensor, { down, up, bias }: LowRank): Tensor {
    return this.linear(this.linear(x, down), up, bias)
  }

  /** Where the weights are; drawn now if the layer owns them and nobody has asked before. */
  protected initialise(): ParameterSource {
    this.#source ??= new ParameterStore(this.specs).initialise(this.#seed)
    return this.#source
  }

  protected named(local: string): string {
    return this.name === '' ? local : `${this.name}.${local}`
  }
}
