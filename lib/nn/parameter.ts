// Parameters with named axes. A layer says which axes each of its weights has; a sub-network with smaller axes is then
// nothing but narrowed views of the larger network's weights, found by name.

import { addon } from '../native/load.ts'
import { Tensor } from '../tensor/tensor.ts'

/** A named dimension, such as `{ name: 'heads', size: 4 }`. */
export interface Axis {
  readonly name: string
  readonly size: number
}

/** How a parameter starts. */
export type Initialiser =
  | { kind: 'constant'; value: number }
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'normal'; deviation: number }
  | { kind: 'values'; values: (count: number, uniform: () => Float32Array) => Float32Array }

export interface ParameterSpec {
  /** Dotted, as in checkpoints: `layers.0.deltanet.q_proj.weight`. */
  readonly name: string
  /**
   * The dimensions as checkpoints store them, each the product of its axes, outermost first: q_proj.weight of shape
   * [heads · keyDim, hidden] is `[[heads, keyDim], [hidden]]`.
   */
  readonly dims: readonly (readonly Axis[])[]
  readonly initialiser: Initialiser
  /** Whether weight decay applies; not to norms, biases, decays and step sizes. */
  readonly weightDecay: boolean
}

/** Axis sizes as checkpoints store them. */
export function storedShape(spec: ParameterSpec): number[] {
  return spec.dims.map((axes) => axes.reduce((product, axis) => product * axis.size, 1))
}

/** All axes in one list: the shape in which slices are views. */
export function axisShape(spec: ParameterSpec): number[] {
  return spec.dims.flatMap((axes) => axes.map((axis) => axis.size))
}

/** Number of elements. */
export function parameterSize(spec: ParameterSpec): number {
  return axisShape(spec).reduce((product, size) => product * size, 1)
}

/**
 * Whether the parameter is the matrix of a linear map or a table of embeddings, which may be kept in bfloat16: in
 * checkpoints these alone have two dimensions and end in `.weight`.
 */
export function isMatrix(spec: ParameterSpec): boolean {
  return spec.dims.length === 2 && spec.name.endsWith('.weight')
}

/** Sizes of uniform initialisation as PyTorch's linear layers: ±1/sqrt(inputs). */
export function linearInitialiser(inputs: number): Initialiser {
  const bound = inputs ** -0.5
  return { kind: 'uniform', low: -bound, high: bound }
}

/** Where a network finds its weights. */
export interface ParameterSource {
  /** The tensor of a parameter, in the shape of its axes. */
  get(spec: ParameterSpec): Tensor
}

/** For a network of which only the specs are wanted. */
export const withoutWeights: ParameterSource = {
  get(spec) {
    throw new Error(`"${spec.name}" was asked of a network without weights`)
  },
}

/** Weights of a network's own, made from specs and a seed. */
export class ParameterStore implements ParameterSource {
  readonly specs: ReadonlyMap<string, ParameterSpec>
  readonly #tensors = new Map<string, Tensor>()

  constructor(specs: readonly ParameterSpec[]) {
    this.specs = new Map(specs.map((spec) => [spec.name, spec]))
    if (this.specs.size !== specs.length) {
      const twice = specs.find((spec, i) => specs.findIndex((other) => other.name === spec.name) !== i)
      throw new RangeError(`two parameters are named "${twice?.name}"`)
    }
  }

  /** Draws every parameter; the draw of one depends on nothing but the seed and its place in the list. */
  initialise(seed: number): this {
    let stream = 0
    for (const spec of this.specs.values()) this.set(spec.name, initialTensor(spec, seed, stream++))
    return this
  }

  /**
   * Puts a tensor in place. A float32 one becomes a leaf that gathers gradients. Its shape is that of the axes or the
   * stored one.
   */
  set(name: string, tensor: Tensor): void {
    const spec = this.specs.get(name)
    if (!spec) throw new RangeError(`no parameter is named "${name}"`)
    const shaped = tensor.reshape(axisShape(spec))
    shaped.own(null)
    this.#tensors.get(name)?.dispose()
    this.#tensors.set(name, shaped.dtype === 'float32' ? shaped.requireGradient() : shaped)
    if (shaped !== tensor) tensor.dispose()
  }

  get(spec: ParameterSpec): Tensor {
    return this.tensor(spec.name)
  }

  /** @throws RangeError if there is no such parameter, or it was not set yet. */
  tensor(name: string): Tensor {
    const tensor = this.#tensors.get(name)
    if (!tensor) throw new RangeError(`no parameter is named "${name}"`)
    return tensor
  }

  /** Every parameter in the order of the specs. */
  *entries(): Iterable<[ParameterSpec, Tensor]> {
    for (const spec of this.specs.values()) yield [spec, this.tensor(spec.name)]
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose()
    this.#tensors.clear()
  }
}

/** Views of a larger network's weights: each parameter is the leading part of its namesake along every axis. */
export class SlicedParameters implements ParameterSource {
  readonly #whole: ParameterStore

  constructor(whole: ParameterStore) {
    this.#whole = whole
  }

  get(spec: ParameterSpec): Tensor {
    const whole = this.#whole.specs.get(spec.name)
    if (!whole) throw new RangeError(`the supernet has no parameter "${spec.name}"`)
    const sizes = axisShape(spec)
    const largest = axisShape(whole)
    let view = this.#whole.tensor(spec.name)
    for (let axis = 0; axis < largest.length; axis++) {
      const size = sizes[axis] ?? 1
      if (size > (largest[axis] ?? 1))
        throw new RangeError(
          `"${spec.name}" has ${largest[axis]} along axis ${axis} in the supernet, ${size} were asked for`,
        )
      if (size !== largest[axis]) view = view.narrow(axis, 0, size)
    }
    return view
  }
}

function initialTensor(spec: ParameterSpec, seed: number, stream: number): Tensor {
  const shape = axisShape(spec)
  const { initialiser } = spec
  switch (initialiser.kind) {
    case 'constant':
      return Tensor.full(shape, initialiser.value)
    case 'uniform':
      return Tensor.uniform(shape, { seed, stream, low: initialiser.low, high: initialiser.high })
    case 'normal':
      return Tensor.normal(shape, { seed, stream, deviation: initialiser.deviation })
    case 'values': {
      const count = parameterSize(spec)
      const uniform = (): Float32Array => {
        using drawn = Tensor.uniform([count], { seed, stream })
        return drawn.dataSync()
      }
      return new Tensor(addon.fromFloat32(initialiser.values(count, uniform), shape))
    }
  }
}
