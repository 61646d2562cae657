// Tensors as JavaScript sees them: a handle on native memory, freed by the scope it was made in or by dispose().

import type { Handle } from '../native/addon.ts'
import { addon } from '../native/load.ts'
import { currentScope, type Scope } from './scope.ts'

/** What can be made into a tensor: numbers nested to any depth, row-major. */
export type NestedNumbers = number | readonly NestedNumbers[]

/** bfloat16 is storage for weights: `ops.cast` makes it, products and embeddings read it. */
export type DataType = 'float32' | 'int32' | 'bfloat16'

/** Frees what a program forgot; it runs late or never, so scopes are what memory relies on. */
const forgotten = new FinalizationRegistry<Handle>((handle) => addon.dispose(handle))

/**
 * A tensor of float32, of int32 for indices, or of bfloat16 for weights, in native memory. Ops (`ops.*`) and views return new tensors at once;
 * the arithmetic runs on the device's own thread. Reading waits for it: `await t.data()`, `await t.item()`.
 */
export class Tensor {
  #handle: Handle
  #scope: Scope | null
  #shape: readonly number[] | undefined

  /** Wraps a handle that the addon returned; for the ops of this package. */
  constructor(handle: Handle) {
    this.#handle = handle
    this.#scope = currentScope()
    if (this.#scope) this.#scope.add(this)
    else forgotten.register(this, handle, this)
  }

  /** A tensor of the given numbers; `shape` is inferred from nesting, and needed for typed arrays of more dimensions. */
  static from(values: Float32Array | NestedNumbers, shape?: readonly number[]): Tensor {
    const { data, inferred } = flatten(values)
    return new Tensor(addon.fromFloat32(data, checkShape(shape ?? inferred)))
  }

  /** A tensor of indices. */
  static fromIndices(values: Int32Array | NestedNumbers, shape?: readonly number[]): Tensor {
    if (values instanceof Int32Array)
      return new Tensor(addon.fromInt32(values, checkShape(shape ?? [values.length])))
    const { data, inferred } = flatten(values)
    return new Tensor(addon.fromInt32(Int32Array.from(data), checkShape(shape ?? inferred)))
  }

  static zeros(shape: readonly number[]): Tensor {
    return new Tensor(addon.full(checkShape(shape), 0))
  }

  static full(shape: readonly number[], value: number): Tensor {
    return new Tensor(addon.full(checkShape(shape), value))
  }

  /** Uniform in [low, high): Philox4x32-10 keyed by `seed`; `stream` separates draws of one seed. */
  static uniform(
    shape: readonly number[],
    options: { seed: number; stream?: number; low?: number; high?: number },
  ): Tensor {
    const { seed, stream = 0, low = 0, high = 1 } = options
    return new Tensor(addon.uniform(checkShape(shape), checkSeed(seed), stream, low, high))
  }

  /** Normal with the given mean and standard deviation; seeded as {@link Tensor.uniform}. */
  static normal(
    shape: readonly number[],
    options: { seed: number; stream?: number; mean?: number; deviation?: number },
  ): Tensor {
    const { seed, stream = 0, mean = 0, deviation = 1 } = options
    return new Tensor(addon.normal(checkShape(shape), checkSeed(seed), stream, mean, deviation))
  }

  /** The native handle. @throws Error with code ERR_PARASCAN_DISPOSED after the tensor was freed. */
  get handle(): Handle {
    if (this.#handle === 0)
      throw Object.assign(new Error('this tensor was disposed of'), { code: 'ERR_PARASCAN_DISPOSED' })
    return this.#handle
  }

  get disposed(): boolean {
    return this.#handle === 0
  }

  get shape(): readonly number[] {
    this.#shape ??= addon.shape(this.handle)
    return this.#shape
  }

  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }

  get dtype(): DataType {
    return addon.dtype(this.handle)
  }

  get isContiguous(): boolean {
    return addon.isContiguous(this.handle)
  }

  /** All elements in row-major order, once the work they depend on is done; bfloat16 is read as float32. */
  async data(): Promise<Float32Array> {
    return (await addon.data(this.handle)) as Float32Array
  }

  /** All elements of an int32 tensor. */
  async indices(): Promise<Int32Array> {
    if (this.dtype !== 'int32')
      throw new TypeError(`\`indices\` reads int32 tensors, this one holds ${this.dtype}`)
    return (await addon.data(this.handle)) as Int32Array
  }

  /** As {@link data}, but blocks the calling thread. */
  dataSync(): Float32Array {
    return addon.dataSync(this.handle) as Float32Array
  }

  /** The only element of a tensor that has one. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new RangeError(`\`item\` needs a tensor of one element, got shape [${this.shape.join(', ')}]`)
    return (await addon.data(this.handle))[0] as number
  }

  /** Overwrites the elements, in order with the work queued so far. */
  write(data: Float32Array | Int32Array): void {
    const wanted = this.dtype
    if ((wanted === 'int32') !== data instanceof Int32Array)
      throw new TypeError(
        `\`data\` must be a ${wanted === 'int32' ? 'Int32Array' : 'Float32Array'}, got ${data.constructor.name}`,
      )
    addon.write(this.handle, data)
  }

  /** Elements [start, start + length) of a dimension, as a view. */
  narrow(dim: number, start: number, length: number): Tensor {
    return new Tensor(addon.narrow(this.handle, dim, start, length))
  }

  /** The same elements under another shape: a view where the layout allows it, else a copy. One size may be -1. */
  reshape(shape: readonly number[]): Tensor {
    return new Tensor(addon.reshape(this.handle, shape))
  }

  /** The dimensions in another order, as a view. */
  permute(order: readonly number[]): Tensor {
    return new Tensor(addon.permute(this.handle, order))
  }

  /** Two dimensions exchanged, as a view. */
  transpose(a: number, b: number): Tensor {
    const rank = this.shape.length
    const order = Array.from({ length: rank }, (_, dim) => dim)
    for (const [name, dim] of [
      ['a', a],
      ['b', b],
    ] as const)
      if (!Number.isInteger(dim) || dim < -rank || dim >= rank)
        throw new RangeError(
          `\`${name}\` must be a dimension of shape [${this.shape.join(', ')}], got ${dim}`,
        )
    const [first, second] = [(a + rank) % rank, (b + rank) % rank]
    order[first] = second
    order[second] = first
    return this.permute(order)
  }

  /** This tensor if its elements lie in row-major order, else such a copy. */
  contiguous(): Tensor {
    return new Tensor(addon.contiguous(this.handle))
  }

  /** The same memory outside the tape. */
  detach(): Tensor {
    return new Tensor(addon.detach(this.handle))
  }

  /** Makes this tensor a leaf that gathers a gradient. @throws Error for views and results of ops. */
  requireGradient(): this {
    addon.requireGradient(this.handle)
    return this
  }

  get requiresGradient(): boolean {
    return addon.requiresGradient(this.handle)
  }

  /** The gradient gathered so far, or null. It shares memory with later gathering. */
  get gradient(): Tensor | null {
    const handle = addon.gradient(this.handle)
    return handle === 0 ? null : new Tensor(handle)
  }

  /** Adds the gradient of this tensor to that of every leaf it was made from. The graph is freed. */
  backward(seed?: Tensor): void {
    addon.backward(this.handle, seed?.handle ?? 0)
  }

  /** Moves the tensor to another scope, or to none. */
  own(scope: Scope | null): void {
    if (this.#scope === null) forgotten.unregister(this)
    this.#scope = scope
    if (scope) scope.add(this)
    else forgotten.register(this, this.#handle, this)
  }

  /** Whether this scope is the one that will free the tensor. */
  belongsTo(scope: Scope): boolean {
    return this.#scope === scope && this.#handle !== 0
  }

  /** Frees the tensor's hold on its memory. Harmless when repeated. */
  dispose(): void {
    if (this.#handle === 0) return
    addon.dispose(this.#handle)
    this.#handle = 0
    if (this.#scope === null) forgotten.unregister(this)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.disposed ? 'Tensor (disposed)' : `Tensor ${this.dtype} [${this.shape.join(', ')}]`
  }
}

let gradientFreeDepth = 0

/** Runs `body` without recording gradients. May be nested. `body` must be synchronous. */
export function withoutGradients<T>(body: () => T): T {
  if (gradientFreeDepth++ === 0) addon.setGradientEnabled(false)
  try {
    return body()
  } finally {
    if (--gradientFreeDepth === 0) addon.setGradientEnabled(true)
  }
}

/** Drops the gradients gathered by these tensors. */
export function clearGradients(tensors: Iterable<Tensor>): void {
  addon.clearGradients(Array.from(tensors, (tensor) => tensor.handle))
}

function checkShape(shape: readonly number[]): readonly number[] {
  for (const size of shape)
    if (!Number.isInteger(size) || size < 0)
      throw new RangeError(`\`shape\` must hold whole numbers not below 0, got [${shape.join(', ')}]`)
  return shape
}

function checkSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`\`seed\` must be a whole number from 0 to 2^53 - 1, got ${seed}`)
  return seed
}

function flatten(values: Float32Array | NestedNumbers): { data: Float32Array; inferred: number[] } {
  if (values instanceof Float32Array) return { data: values, inferred: [values.length] }
  const inferred: number[] = []
  for (let level: NestedNumbers | undefined = values; Array.isArray(level); level = level[0])
    inferred.push(level.length)
  const flat: number[] = []
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value === 'number' && depth === inferred.length) flat.push(value)
    else if (Array.isArray(value) && value.length === inferred[depth])
      for (const item of value) visit(item, depth + 1)
    else throw new TypeError('`values` must be numbers nested to one depth, with rows of equal length')
  }
  visit(values, 0)
  return { data: Float32Array.from(flat), inferred }
}
