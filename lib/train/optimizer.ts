// AdamW (Loshchilov & Hutter 2019): decoupled weight decay, gradients clipped by their global norm, all parameters in
// one native call a step.

import type { Handle } from '../native/addon.ts'
import { addon } from '../native/load.ts'
import type { ParameterStore } from '../nn/parameter.ts'
import { unscoped } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'

export interface AdamWOptions {
  beta1?: number
  beta2?: number
  eps?: number
  /** Applies to the parameters whose spec says so. */
  weightDecay?: number
  /** Bound of the global gradient norm; 0 for none. */
  clip?: number
  /** Factor on the learning rate of a parameter, by name; 1 by default. */
  learningRateScale?: (name: string) => number
}

export class AdamW implements Disposable {
  /** By `first.` or `second.` and the parameter's name: what a checkpoint keeps, with {@link steps}. */
  readonly moments: ReadonlyMap<string, Tensor>
  // Handles, made once: what every step of a long loop would make anew is garbage.
  readonly #parameters: readonly Handle[]
  readonly #firstMoments: readonly Handle[]
  readonly #secondMoments: readonly Handle[]
  readonly #scales: readonly number[]
  readonly #learningRates: number[]
  readonly #weightDecays: readonly number[]
  readonly #options: Required<Omit<AdamWOptions, 'learningRateScale' | 'weightDecay'>>
  #steps = 0

  constructor(store: ParameterStore, options: AdamWOptions = {}) {
    const {
      beta1 = 0.9,
      beta2 = 0.95,
      eps = 1e-8,
      weightDecay = 0.01,
      clip = 1,
      learningRateScale = () => 1,
    } = options
    for (const [name, value] of Object.entries({ beta1, beta2 }))
      if (!(value >= 0 && value < 1)) throw new RangeError(`\`${name}\` must be in [0, 1), got ${value}`)
    for (const [name, value] of Object.entries({ eps, weightDecay, clip }))
      if (!(value >= 0)) throw new RangeError(`\`${name}\` must not be negative, got ${value}`)
    const entries = [...store.entries()]
    this.#options = { beta1, beta2, eps, clip }
    this.#weightDecays = entries.map(([spec]) => (spec.weightDecay ? weightDecay : 0))
    this.#scales = entries.map(([spec]) => learningRateScale(spec.name))
    this.#learningRates = entries.map(() => 0)
    const moments = (order: string): [string, Tensor][] =>
      unscoped(() => entries.map(([{ name }, tensor]) => [`${order}.${name}`, Tensor.zeros(tensor.shape)]))
    const [first, second] = [moments('first'), moments('second')]
    this.moments = new Map([...first, ...second])
    const handles = (named: readonly (readonly [unknown, Tensor])[]): Handle[] =>
      named.map(([, tensor]) => tensor.handle)
    this.#parameters = handles(entries)
    this.#firstMoments = handles(first)
    this.#secondMoments = handles(second)
  }

  /** Steps taken, which the moments are corrected by. */
  get steps(): number {
    return this.#steps
  }

  /** Goes on where another optimizer of the same parameters stood after `steps` steps with these moments. */
  restore(steps: number, moments: (name: string) => Float32Array): void {
    for (const [name, tensor] of this.moments) tensor.write(moments(name))
    this.#steps = steps
  }

  /**
   * Updates every parameter that has gathered a gradient, and clears the gradients. A step whose gradient norm is not
   * finite changes nothing.
   *
   * @returns (2): the global gradient norm, and the factor the gradients were scaled by (NaN for a skipped step).
   */
  step(learningRate: number): Tensor {
    const { beta1, beta2, eps, clip } = this.#options
    for (let i = 0; i < this.#scales.length; i++)
      this.#learningRates[i] = (this.#scales[i] as number) * learningRate
    const norm = new Tensor(
      addon.adamW(
        this.#parameters,
        this.#firstMoments,
        this.#secondMoments,
        this.#learningRates,
        this.#weightDecays,
        beta1,
        beta2,
        eps,
        ++this.#steps,
        clip,
      ),
    )
    addon.clearGradients(this.#parameters)
    return norm
  }

  dispose(): void {
    for (const tensor of this.moments.values()) tensor.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
