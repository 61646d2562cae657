// RWKV-7 in float64, from its formulas.

import * as reference from '../../../lib/tensor/reference.ts'
import type { Config } from './checkpoint.ts'
import { logitsOf, map, normalise, plus, type Rows, rows, sigmoid, times, type Weights } from './float64.ts'

/** Logits (tokens, vocabulary). */
export function rwkv7(config: Config, weights: Weights, ids: readonly number[]): Float64Array {
  const eps = config.norm_eps as number
  let x = weights.embedded('model.embeddings.weight', ids, config.hidden_size as number)
  if (config.norm_first) x = weights.layerNorm(x, 'model.layers.0.pre_norm', eps)
  let first: Rows | undefined
  for (let i = 0; i < (config.num_hidden_layers as number); i++) {
    const layer = weights.within(`model.layers.${i}.`)
    const { out, values } = timeMix(
      layer.layerNorm(x, 'attn_norm', eps),
      layer.within('attn.'),
      config,
      first,
    )
    first ??= values
    x = plus(x, out)
    const ffn = layer.within('ffn.')
    const mixed = shifted(layer.layerNorm(x, 'ffn_norm', eps), ffn.get('x_k'))
    x = plus(
      x,
      ffn.linear(
        map(ffn.linear(mixed, 'key'), (value) => Math.max(value, 0) ** 2),
        'value',
      ),
    )
  }
  return logitsOf(weights.layerNorm(x, 'model.norm', eps), config, weights, 'model.embeddings')
}

/** x_t + share (x_{t−1} − x_t) */
const shifted = (x: Rows, share: Float64Array): Rows =>
  map(x, (value, column, t) => {
    const last = t > 0 ? (x.values[(t - 1) * x.width + column] as number) : 0
    return value + (share[column] as number) * (last - value)
  })

function timeMix(x: Rows, weights: Weights, config: Config, first: Rows | undefined) {
  const headDim = config.head_dim as number
  const heads = x.width / headDim
  const read = (name: string): Rows => shifted(x, weights.get(`x_${name}`))
  const lora = (name: string, y: Rows, between: (value: number) => number): Rows =>
    weights.linear(map(weights.linear(y, `${name}_lora.lora.0`), between), `${name}_lora.lora.2`)
  const identity = (value: number): number => value
  const scaledBy = (y: Rows, name: string): Rows => {
    const scale = weights.get(name)
    return map(y, (value, column) => value * (scale[column] as number))
  }

  const r = weights.linear(read('r'), 'r_proj')
  const w = map(lora('w', read('w'), Math.tanh), (value) => -Math.exp(-0.5) * sigmoid(value))
  const key = weights.linear(read('k'), 'k_proj')
  const xv = read('v')
  const own = weights.linear(xv, 'v_proj')
  const share = first && map(lora('v', xv, identity), sigmoid)
  const v =
    first && share
      ? map(own, (value, column, t) => {
          const at = t * own.width + column
          return value + (share.values[at] as number) * ((first.values[at] as number) - value)
        })
      : own
  const a = map(lora('a', read('a'), identity), sigmoid)
  const g = lora('g', read('g'), sigmoid)
  const removed = normalise(scaledBy(key, 'k_k'), headDim, (sum) =>
    config.fuse_norm === false ? Math.max(Math.sqrt(sum), 1e-12) : Math.sqrt(sum + 1e-6),
  )
  const rate = weights.get('k_a')
  const k = times(
    key,
    map(a, (value, column) => 1 + (value - 1) * (rate[column] as number)),
  )
  const { o } = reference.matrixScan({
    transition: 'dplr',
    batch: 1,
    tokens: x.tokens,
    heads,
    valueHeads: heads,
    keyDim: headDim,
    valueDim: headDim,
    scale: 1,
    q: r.values,
    k: k.values,
    v: v.values,
    g: w.values,
    a: removed.values.map((value) => -value),
    b: times(removed, a).values,
  })
  const out: Rows = { tokens: x.tokens, width: x.width, values: o }
  const normed = weights.layerNorm(out, 'g_norm', headDim * (config.norm_eps as number), headDim)
  const bonus = scaledBy(times(r, k), 'r_k')
  const perHead = map(rows(x.tokens, x.width), (_, column, t) => {
    const start = t * x.width + column - (column % headDim)
    return bonus.values.subarray(start, start + headDim).reduce((sum, value) => sum + value, 0)
  })
  return { out: weights.linear(times(plus(normed, times(perHead, v)), g), 'o_proj'), values: v }
}
