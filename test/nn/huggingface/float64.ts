// The arithmetic that the float64 models are made of: rows of Float64Array, one sequence, plain loops.

import type { Config, Tensors } from './checkpoint.ts'

/** Row-major (tokens, width). */
export interface Rows {
  tokens: number
  width: number
  values: Float64Array
}

export const rows = (tokens: number, width: number): Rows => ({
  tokens,
  width,
  values: new Float64Array(tokens * width),
})

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)
export const softplus = (x: number): number => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)

/** Each element with its token and its place in the row. */
export function map(x: Rows, change: (value: number, column: number, token: number) => number): Rows {
  const values = x.values.map((value, i) => change(value, i % x.width, Math.floor(i / x.width)))
  return { ...x, values }
}

export const combine = (a: Rows, b: Rows, with_: (x: number, y: number) => number): Rows => ({
  ...a,
  values: a.values.map((x, i) => with_(x, b.values[i] as number)),
})
export const plus = (a: Rows, b: Rows): Rows => combine(a, b, (x, y) => x + y)
export const times = (a: Rows, b: Rows): Rows => combine(a, b, (x, y) => x * y)

/** Columns [start, start + width). */
export function columns(x: Rows, start: number, width: number): Rows {
  const part = rows(x.tokens, width)
  for (let t = 0; t < x.tokens; t++)
    for (let i = 0; i < width; i++) part.values[t * width + i] = x.values[t * x.width + start + i] as number
  return part
}

/** Every head of `width` columns written `times` times, one copy after the other. */
export function repeatHeads(x: Rows, width: number, times: number): Rows {
  const repeated = rows(x.tokens, x.width * times)
  return map(repeated, (_, column, t) => {
    const head = Math.floor(column / width / times)
    return x.values[t * x.width + head * width + (column % width)] as number
  })
}

/** Columns in groups of `width`, each divided by something of itself. */
export function normalise(x: Rows, width: number, divisor: (sumOfSquares: number) => number): Rows {
  const scaled = rows(x.tokens, x.width)
  for (let start = 0; start < x.values.length; start += width) {
    const part = x.values.subarray(start, start + width)
    const by = divisor(part.reduce((sum, value) => sum + value * value, 0))
    for (let i = 0; i < width; i++) scaled.values[start + i] = (part[i] as number) / by
  }
  return scaled
}

/** The weights of one layer, by what comes after its prefix. */
export class Weights {
  readonly #tensors: Tensors
  readonly #prefix: string

  constructor(tensors: Tensors, prefix: string) {
    this.#tensors = tensors
    this.#prefix = prefix
  }

  has(name: string): boolean {
    return this.#tensors.has(this.#prefix + name)
  }

  get(name: string): Float64Array {
    const tensor = this.#tensors.get(this.#prefix + name)
    if (!tensor) throw new Error(`the checkpoint has no ${this.#prefix}${name}`)
    return tensor.values
  }

  within(prefix: string): Weights {
    return new Weights(this.#tensors, this.#prefix + prefix)
  }

  /** x Wᵀ, plus a bias where there is one: `name` is that of a linear map. */
  linear(x: Rows, name: string): Rows {
    const weight = this.get(`${name}.weight`)
    const bias = this.has(`${name}.bias`) ? this.get(`${name}.bias`) : undefined
    const y = rows(x.tokens, weight.length / x.width)
    return map(y, (_, out, t) => {
      let sum = bias?.[out] ?? 0
      for (let i = 0; i < x.width; i++)
        sum += (x.values[t * x.width + i] as number) * (weight[out * x.width + i] as number)
      return sum
    })
  }

  /** The causal convolution of a module, with SiLU. */
  convolved(x: Rows, name: string): Rows {
    const weight = this.get(`${name}.weight`)
    const bias = this.has(`${name}.bias`) ? this.get(`${name}.bias`) : undefined
    const taps = weight.length / x.width
    return map(x, (_, channel, t) => {
      let sum = bias?.[channel] ?? 0
      for (let w = 0; w < taps; w++) {
        const from = t - (taps - 1) + w
        if (from >= 0)
          sum += (weight[channel * taps + w] as number) * (x.values[from * x.width + channel] as number)
      }
      return silu(sum)
    })
  }

  /** RMSNorm over groups of columns; the weight has the size of a group, or of all of them. */
  rmsNorm(x: Rows, name: string, eps: number, group = x.width): Rows {
    const weight = this.get(`${name}.weight`)
    const normed = normalise(x, group, (sum) => Math.sqrt(sum / group + eps))
    return map(normed, (value, column) => value * (weight[column % weight.length] as number))
  }

  /** LayerNorm over groups of columns, with a weight of the whole width. */
  layerNorm(x: Rows, name: string, eps: number, group = x.width): Rows {
    const weight = this.get(`${name}.weight`)
    const bias = this.has(`${name}.bias`) ? this.get(`${name}.bias`) : undefined
    const centred = map(x, (value, column, t) => {
      const start = t * x.width + column - (column % group)
      return value - x.values.subarray(start, start + group).reduce((sum, other) => sum + other, 0) / group
    })
    const normed = normalise(centred, group, (sum) => Math.sqrt(sum / group + eps))
    return map(normed, (value, column) => value * (weight[column] as number) + (bias?.[column] ?? 0))
  }

  /** Rows of a table. */
  embedded(name: string, ids: readonly number[], width: number): Rows {
    const table = this.get(name)
    return map(
      rows(ids.length, width),
      (_, column, t) => table[(ids[t] as number) * width + column] as number,
    )
  }
}

/** Causal softmax attention with rotary positions over the last `window` tokens, or all of them. */
export function attention(x: Rows, weights: Weights, heads: number, window: number | null): Rows {
  const width = x.width / heads
  const turned = (y: Rows): Rows =>
    map(y, (value, column, t) => {
      const place = column % width
      const first = place < width / 2
      const other = y.values[t * y.width + column + (first ? width / 2 : -width / 2)] as number
      const angle = t * 10000 ** ((-2 * (place % (width / 2))) / width)
      return value * Math.cos(angle) + (first ? -1 : 1) * other * Math.sin(angle)
    })
  const q = turned(weights.linear(x, 'q_proj'))
  const k = turned(weights.linear(x, 'k_proj'))
  const v = weights.linear(x, 'v_proj')
  const o = rows(x.tokens, x.width)
  for (let h = 0; h < heads; h++)
    for (let t = 0; t < x.tokens; t++) {
      const from = window === null ? 0 : Math.max(0, t - window + 1)
      const scores = Array.from({ length: t - from + 1 }, (_, s) => {
        let dot = 0
        for (let i = h * width; i < (h + 1) * width; i++)
          dot += (q.values[t * x.width + i] as number) * (k.values[(from + s) * x.width + i] as number)
        return Math.exp(dot / Math.sqrt(width))
      })
      const total = scores.reduce((sum, score) => sum + score, 0)
      scores.forEach((score, s) => {
        for (let i = h * width; i < (h + 1) * width; i++)
          o.values[t * x.width + i] =
            (o.values[t * x.width + i] as number) +
            (score / total) * (v.values[(from + s) * x.width + i] as number)
      })
    }
  return weights.linear(o, 'o_proj')
}

/** The head's, or those of embeddings that are tied to it. */
export function logitsOf(x: Rows, config: Config, weights: Weights, embeddings: string): Float64Array {
  const tied = config.tie_word_embeddings ?? (config.model_type === 'mamba' && config.norm_eps === undefined)
  return (tied ? weights.linear(x, embeddings) : weights.linear(x, 'lm_head')).values
}
