// Scopes own tensors: what is made inside and not kept is freed when the scope ends. JavaScript runs no finaliser in a
// synchronous stretch of code, so memory that waited for the garbage collector would pile up in every training loop.

import type { Tensor } from './tensor.ts'

/** Tensors that live as long as it. Made by {@link openScope}; ends with `using` or `dispose()`. */
export class Scope {
  readonly #parent: Scope | null
  // A list and not a set: a training step makes hundreds of tensors, and the garbage of a growing set is the larger part
  // of what it leaves to the collector. A tensor that left or was disposed of stays listed until the list is swept.
  #tensors: Tensor[] = []
  #sweepAt = 1024

  constructor(parent: Scope | null) {
    this.#parent = parent
  }

  add(tensor: Tensor): void {
    this.#tensors.push(tensor)
    if (this.#tensors.length < this.#sweepAt) return
    this.#tensors = this.#tensors.filter((listed) => listed.belongsTo(this))
    this.#sweepAt = Math.max(1024, 2 * this.#tensors.length)
  }

  /** Gives the tensor to the enclosing scope, or to nobody where there is none. */
  keep<T extends Tensor>(tensor: T): T {
    if (tensor.belongsTo(this)) tensor.own(this.#parent)
    return tensor
  }

  /** Frees every tensor of the scope, and makes the enclosing scope the current one again. */
  dispose(): void {
    for (const tensor of this.#tensors) if (tensor.belongsTo(this)) tensor.dispose()
    this.#tensors = []
    if (current === this) current = this.#parent
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

let current: Scope | null = null

/** The scope that new tensors belong to. */
export function currentScope(): Scope | null {
  return current
}

/** Opens a scope for a block with `using`; scopes end in the reverse of the order they were opened in. */
export function openScope(): Scope {
  current = new Scope(current)
  return current
}

/** Runs `body` outside every scope: what it makes lives until it is disposed of. */
export function unscoped<T>(body: () => T): T {
  const enclosing = current
  current = null
  try {
    return body()
  } finally {
    current = enclosing
  }
}

/**
 * Runs `body` and frees every tensor made inside but those in its result, which may be a tensor or an array or plain
 * object of tensors, nested at will.
 *
 * @throws TypeError if `body` is asynchronous: other code would run, and make tensors, inside its scope. Use
 * {@link openScope} around each synchronous stretch instead.
 */
export function scope<T>(body: () => T): T {
  using inside = openScope()
  const result = body()
  if (result instanceof Promise)
    throw new TypeError('`body` must not be asynchronous: a scope ends when it returns')
  keepAll(inside, result)
  return result
}

function keepAll(inside: Scope, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (isTensor(value)) inside.keep(value)
  else if (Array.isArray(value)) for (const item of value) keepAll(inside, item)
  else if (value instanceof Map) for (const item of value.values()) keepAll(inside, item)
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) keepAll(inside, item)
}

function isTensor(value: object): value is Tensor {
  return 'handle' in value && 'own' in value
}
