// What the parameters of layers have in common: maps and vectors with names, and how decays and step sizes start.

import { type Axis, type Initialiser, linearInitialiser, type ParameterSpec } from './parameter.ts'

export const constant = (value: number): Initialiser => ({ kind: 'constant', value })

/** Evenly spaced from `first` to `last`. */
export const spaced = (first: number, last: number): Initialiser => ({
  kind: 'values',
  values: (count) =>
    Float32Array.from({ length: count }, (_, i) => first + ((last - first) * i) / Math.max(count - 1, 1)),
})

/** Rates uniform in (low, high), kept as their logarithms. */
export const logRateInitialiser = (low: number, high: number): Initialiser => ({
  kind: 'values',
  values: (_count, uniform) => uniform().map((u) => Math.log(Math.max(low + (high - low) * u, 1e-4))),
})

/** Step sizes log-uniform in [0.001, 0.1], kept as the inverse of softplus. */
export const stepSizeInitialiser: Initialiser = {
  kind: 'values',
  values: (_count, uniform) =>
    uniform().map((u) => {
      const dt = Math.exp(Math.log(1e-3) + u * (Math.log(1e-1) - Math.log(1e-3)))
      return dt + Math.log(-Math.expm1(-dt))
    }),
}

/** How much of the last token a channel starts with in RWKV: from all of it in the first to none in the last. */
export const share = (power: number): Initialiser => ({
  kind: 'values',
  values: (count) => Float32Array.from({ length: count }, (_, i) => 1 - (i / count) ** power),
})

/** A named axis. */
export const axis = (name: string, size: number): Axis => ({ name, size })

/** An axis of size 1, which checkpoints of convolutions have. */
export const one: Axis = axis('one', 1)

/** A linear map through fewer numbers than it has inputs or outputs, as gates have. */
export interface LowRank {
  down: ParameterSpec
  up: ParameterSpec
  bias?: ParameterSpec
}

/** Makes the specs of a layer whose parameters are named by `named`. */
export class LayerParameters {
  readonly #named: (local: string) => string

  constructor(named: (local: string) => string) {
    this.#named = named
  }

  /** The weights of a linear map, `dims` of which the last is its inputs. */
  matrix(local: string, dims: Axis[][]): ParameterSpec {
    const inputs = (dims.at(-1) ?? []).reduce((product, { size }) => product * size, 1)
    return { name: this.#named(local), dims, initialiser: linearInitialiser(inputs), weightDecay: true }
  }

  /** A map from `inputs` to `outputs` through `rank`, whose two weights checkpoints number `places` within `local`. */
  lowRank(local: string, places: [number, number], outputs: Axis[], rank: Axis, inputs: Axis): LowRank {
    return {
      down: this.matrix(`${local}.${places[0]}.weight`, [[rank], [inputs]]),
      up: this.matrix(`${local}.${places[1]}.weight`, [outputs, [rank]]),
    }
  }

  /** What weight decay leaves alone: a norm's weight, a bias, a rate. */
  undecayed(local: string, dims: Axis[][], initialiser: Initialiser): ParameterSpec {
    return { name: this.#named(local), dims, initialiser, weightDecay: false }
  }
}
