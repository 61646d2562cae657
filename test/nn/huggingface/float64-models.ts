// The published models in float64, from their formulas, reading a checkpoint by the names in the file: config.json and
// tensors to logits. Scans are the plain loops of native/reference.

import * as reference from '../../../lib/tensor/reference.ts'
import type { Config, Tensors } from './checkpoint.ts'
import {
  attention,
  columns,
  logitsOf,
  map,
  normalise,
  plus,
  type Rows,
  repeatHeads,
  sigmoid,
  silu,
  softplus,
  times,
  Weights,
} from './float64.ts'
import { rwkv7 } from './float64-rwkv7.ts'

const number = (config: Config, key: string, fallback: number): number =>
  (config[key] as number | null | undefined) ?? fallback

/** (tokens, vocabulary), row-major. */
export function float64Logits(config: Config, tensors: Tensors, ids: readonly number[]): Float64Array {
  const models: Record<string, typeof fla> = { mamba: stateSpace, mamba2: stateSpace, rwkv7 }
  return (models[config.model_type as string] ?? fla)(config, new Weights(tensors, ''), ids)
}

function fla(config: Config, weights: Weights, ids: readonly number[]): Float64Array {
  const hidden = config.hidden_size as number
  const eps = config.norm_eps as number
  const attn = config.attn as { layers: number[]; num_heads: number; window_size: number | null } | undefined
  let x = weights.embedded('model.embeddings.weight', ids, hidden)
  for (let i = 0; i < (config.num_hidden_layers as number); i++) {
    const layer = weights.within(`model.layers.${i}.`)
    const input = layer.rmsNorm(x, 'attn_norm', eps)
    const mixer = layer.within('attn.')
    const mixed = attn?.layers.includes(i)
      ? attention(input, mixer, attn.num_heads, attn.window_size)
      : config.model_type === 'gla'
        ? gla(input, mixer, config)
        : delta(input, mixer, config)
    x = plus(x, mixed)
    const fed = layer.rmsNorm(x, 'mlp_norm', eps)
    const mlp = layer.within('mlp.')
    const gated = times(map(mlp.linear(fed, 'gate_proj'), silu), mlp.linear(fed, 'up_proj'))
    x = plus(x, mlp.linear(gated, 'down_proj'))
  }
  return logitsOf(weights.rmsNorm(x, 'model.norm', eps), config, weights, 'model.embeddings')
}

/** DeltaNet, Gated DeltaNet, DeltaProduct and KDA. */
function delta(x: Rows, weights: Weights, config: Config): Rows {
  const hidden = config.hidden_size as number
  const heads = config.num_heads as number
  const byRatio = config.model_type === 'delta_net'
  const keyDim = byRatio ? (hidden * number(config, 'expand_k', 1)) / heads : (config.head_dim as number)
  const expand = number(config, 'expand_v', 1)
  const valueDim = byRatio ? (hidden * expand) / heads : keyDim * expand
  const valueHeads = number(config, 'num_v_heads', heads)
  const householders = number(config, 'num_householder', 1)
  const branch = (name: string): Rows => {
    const projected = weights.linear(x, `${name}_proj`)
    return config.use_short_conv ? weights.convolved(projected, `${name}_conv1d`) : map(projected, silu)
  }
  /** Of unit length, for every value head. */
  const keys = (name: string): Float64Array => {
    const unit = normalise(branch(name), keyDim, (sum) => Math.sqrt(sum + 1e-6))
    return repeatHeads(unit, keyDim, valueHeads / heads).values
  }
  const beta = map(weights.linear(x, 'b_proj'), (b) => sigmoid(b) * (config.allow_neg_eigval ? 2 : 1))
  const { o } = reference.deltaRule({
    batch: 1,
    tokens: x.tokens,
    heads: valueHeads,
    valueHeads,
    keyDim,
    valueDim,
    householders,
    scale: keyDim ** -0.5,
    q: keys('q'),
    k: keys('k'),
    v: branch('v').values,
    beta: beta.values,
    g: logDecay(x, weights, config, keyDim),
  })
  const eps = config.norm_eps as number
  const out: Rows = { tokens: x.tokens, width: valueHeads * valueDim, values: o }
  let normed = weights.rmsNorm(out, 'o_norm', eps, valueDim)
  if (config.model_type === 'kda')
    normed = times(normed, map(weights.linear(weights.linear(x, 'g_proj.0'), 'g_proj.1'), sigmoid))
  else if (weights.has('g_proj.weight')) normed = times(normed, map(weights.linear(x, 'g_proj'), silu))
  return weights.linear(normed, 'o_proj')
}

function logDecay(x: Rows, weights: Weights, config: Config, keyDim: number): Float64Array | undefined {
  if (!weights.has('A_log')) return undefined
  const rate = weights.get('A_log')
  const bias = weights.get('dt_bias')
  const perChannel = config.model_type === 'kda'
  const raw = perChannel
    ? weights.linear(weights.linear(x, 'f_proj.0'), 'f_proj.1')
    : weights.linear(x, 'a_proj')
  const bound = config.lower_bound as number | null | undefined
  return map(raw, (value, column) => {
    const scale = Math.exp(rate[perChannel ? Math.floor(column / keyDim) : column] as number)
    const z = value + (bias[column] as number)
    return typeof bound === 'number' ? bound * sigmoid(scale * z) : -scale * softplus(z)
  }).values
}

function gla(x: Rows, weights: Weights, config: Config): Rows {
  const heads = config.num_heads as number
  const keyDim = ((config.hidden_size as number) * (config.expand_k as number)) / heads
  const valueDim = ((config.hidden_size as number) * (config.expand_v as number)) / heads
  const gate = weights.linear(weights.linear(x, 'gk_proj.0'), 'gk_proj.1')
  const { o } = reference.matrixScan({
    transition: 'additive',
    batch: 1,
    tokens: x.tokens,
    heads,
    valueHeads: heads,
    keyDim,
    valueDim,
    scale: keyDim ** -0.5,
    q: weights.linear(x, 'q_proj').values,
    k: weights.linear(x, 'k_proj').values,
    v: weights.linear(x, 'v_proj').values,
    g: map(gate, (value) => -softplus(-value) / 16).values,
  })
  const name = config.fuse_norm === false ? 'g_norm' : 'g_norm_swish_gate'
  const out: Rows = { tokens: x.tokens, width: heads * valueDim, values: o }
  const normed = weights.rmsNorm(out, name, config.norm_eps as number, valueDim)
  return weights.linear(times(normed, map(weights.linear(x, 'g_proj'), silu)), 'o_proj')
}

/** Mamba and Mamba-2. */
function stateSpace(config: Config, weights: Weights, ids: readonly number[]): Float64Array {
  const eps = (config.layer_norm_epsilon ?? config.norm_eps) as number
  const mixer = config.model_type === 'mamba' ? mamba : mamba2
  let x = weights.embedded('backbone.embeddings.weight', ids, config.hidden_size as number)
  for (let i = 0; i < (config.num_hidden_layers as number); i++) {
    const layer = weights.within(`backbone.layers.${i}.`)
    x = plus(x, mixer(layer.rmsNorm(x, 'norm', eps), layer.within('mixer.'), config, eps))
  }
  return logitsOf(weights.rmsNorm(x, 'backbone.norm_f', eps), config, weights, 'backbone.embeddings')
}

const minusExp = (values: Float64Array): Float64Array => values.map((value) => -Math.exp(value))

function mamba(x: Rows, weights: Weights, config: Config): Rows {
  const inner = x.width * (config.expand as number)
  const states = config.state_size as number
  const both = weights.linear(x, 'in_proj')
  const u = weights.convolved(columns(both, 0, inner), 'conv1d')
  const selected = weights.linear(u, 'x_proj')
  const rank = selected.width - 2 * states
  const dt = map(weights.linear(columns(selected, 0, rank), 'dt_proj'), softplus)
  const { y } = reference.selectiveScan({
    batch: 1,
    tokens: x.tokens,
    channels: inner,
    states,
    dtSoftplus: false,
    negativeEigenvalues: false,
    u: u.values,
    dt: dt.values,
    A: minusExp(weights.get('A_log')),
    B: columns(selected, rank, states).values,
    C: columns(selected, rank + states, states).values,
    D: weights.get('D'),
  })
  const gate = map(columns(both, inner, inner), silu)
  return weights.linear(times({ tokens: x.tokens, width: inner, values: y }, gate), 'out_proj')
}

function mamba2(x: Rows, weights: Weights, config: Config, eps: number): Rows {
  const headDim = config.head_dim as number
  const inner = x.width * (config.expand as number)
  const heads = inner / headDim
  const groups = number(config, 'n_groups', 1)
  const states = config.state_size as number
  const projected = weights.linear(x, 'in_proj')
  const convolved = weights.convolved(columns(projected, inner, inner + 2 * groups * states), 'conv1d')
  const bias = weights.get('dt_bias')
  const dt = map(columns(projected, projected.width - heads, heads), (value, h) =>
    softplus(value + (bias[h] as number)),
  )
  const { y } = reference.ssd({
    batch: 1,
    tokens: x.tokens,
    heads,
    headDim,
    groups,
    states,
    dtSoftplus: false,
    negativeEigenvalues: false,
    x: columns(convolved, 0, inner).values,
    dt: dt.values,
    A: minusExp(weights.get('A_log')),
    B: columns(convolved, inner, groups * states).values,
    C: columns(convolved, inner + groups * states, groups * states).values,
    D: weights.get('D'),
  })
  const gated = times({ tokens: x.tokens, width: inner, values: y }, map(columns(projected, 0, inner), silu))
  return weights.linear(groupedNorm(gated, weights.get('norm.weight'), inner / groups, eps), 'out_proj')
}

/** RMSNorm over each group, with weights of the whole width. */
function groupedNorm(x: Rows, weight: Float64Array, group: number, eps: number): Rows {
  const normed = normalise(x, group, (sum) => Math.sqrt(sum / group + eps))
  return map(normed, (value, column) => value * (weight[column] as number))
}
