// The tensors that the configuration of a checkpoint asks for, by format.

import type { Config } from './checkpoint.ts'

export const hidden = 32
export const vocabulary = 19
export const depth = 2

type Shapes = Record<string, number[]>

const vector = (size: number): number[] => [size]

/** The tensors of a checkpoint, as the files of its format have them. */
export function tensorShapes(config: Config): Shapes {
  switch (config.model_type) {
    case 'mamba':
    case 'mamba2':
      return stateSpaceShapes(config)
    case 'rwkv7':
      return rwkv7Shapes(config)
    default:
      return flaShapes(config)
  }
}

const prefixed = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]))

function flaShapes(config: Config): Shapes {
  const shapes: Shapes = { 'model.embeddings.weight': [vocabulary, hidden], 'model.norm.weight': [hidden] }
  if (!config.tie_word_embeddings) shapes['lm_head.weight'] = [vocabulary, hidden]
  const mixer = config.model_type === 'gla' ? glaShapes(config) : deltaShapes(config)
  const { layers = [] } = (config.attn ?? {}) as { layers?: number[] }
  const square = (name: string): Shapes => ({ [`${name}_proj.weight`]: [hidden, hidden] })
  for (let i = 0; i < depth; i++) {
    const attention = { ...square('q'), ...square('k'), ...square('v'), ...square('o') }
    Object.assign(
      shapes,
      prefixed(`model.layers.${i}.`, {
        'attn_norm.weight': [hidden],
        ...prefixed('attn.', layers.includes(i) ? attention : mixer),
        'mlp_norm.weight': [hidden],
        'mlp.gate_proj.weight': [48, hidden],
        'mlp.up_proj.weight': [48, hidden],
        'mlp.down_proj.weight': [hidden, 48],
      }),
    )
  }
  return shapes
}

function deltaShapes(config: Config): Shapes {
  const number = (key: string, fallback: number): number => (config[key] as number | null) ?? fallback
  const heads = number('num_heads', 0)
  const valueHeads = number('num_v_heads', heads)
  const byRatio = config.model_type === 'delta_net'
  const keys = byRatio ? hidden * number('expand_k', 1) : heads * number('head_dim', 0)
  const values = byRatio
    ? hidden * number('expand_v', 1)
    : valueHeads * number('head_dim', 0) * number('expand_v', 1)
  const n = number('num_householder', 1)
  const perHead = values / valueHeads
  const shapes: Shapes = {
    'q_proj.weight': [keys, hidden],
    'k_proj.weight': [n * keys, hidden],
    'v_proj.weight': [n * values, hidden],
    'b_proj.weight': [n * valueHeads, hidden],
    'o_norm.weight': [perHead],
    'o_proj.weight': [hidden, values],
  }
  if (config.use_short_conv)
    Object.assign(shapes, {
      'q_conv1d.weight': [keys, 1, 4],
      'k_conv1d.weight': [n * keys, 1, 4],
      'v_conv1d.weight': [n * values, 1, 4],
    })
  if (config.use_gate || config.use_output_gate) shapes['g_proj.weight'] = [values, hidden]
  if (config.model_type === 'gated_deltanet' || config.use_forget_gate)
    Object.assign(shapes, {
      'a_proj.weight': [valueHeads, hidden],
      A_log: vector(valueHeads),
      dt_bias: vector(valueHeads),
    })
  if (config.model_type === 'kda') {
    const channels = (valueHeads * keys) / heads
    Object.assign(shapes, {
      'f_proj.0.weight': [perHead, hidden],
      'f_proj.1.weight': [channels, perHead],
      A_log: vector(valueHeads),
      dt_bias: vector(channels),
      'g_proj.0.weight': [perHead, hidden],
      'g_proj.1.weight': [values, perHead],
      'g_proj.1.bias': [values],
    })
  }
  return shapes
}

function glaShapes(config: Config): Shapes {
  const keys = hidden * (config.expand_k as number)
  const values = hidden * (config.expand_v as number)
  return {
    'q_proj.weight': [keys, hidden],
    'k_proj.weight': [keys, hidden],
    'v_proj.weight': [values, hidden],
    'g_proj.weight': [values, hidden],
    'gk_proj.0.weight': [16, hidden],
    'gk_proj.1.weight': [keys, 16],
    'gk_proj.1.bias': [keys],
    [`${config.fuse_norm ? 'g_norm_swish_gate' : 'g_norm'}.weight`]: [values / 2],
    'o_proj.weight': [hidden, values],
  }
}

function stateSpaceShapes(config: Config): Shapes {
  const inner = 2 * hidden
  const states = config.state_size as number
  const headDim = config.head_dim as number
  const heads = inner / headDim
  const rank = (config.time_step_rank as number | undefined) ?? Math.ceil(hidden / 16)
  const convolved =
    config.model_type === 'mamba' ? inner : inner + 2 * states * ((config.n_groups as number) ?? 1)
  const projected = config.model_type === 'mamba' ? 2 * inner : inner + convolved + heads
  const mixer: Shapes = {
    'in_proj.weight': [projected, hidden],
    'conv1d.weight': [convolved, 1, 4],
    'out_proj.weight': [hidden, inner],
    ...(config.model_type === 'mamba'
      ? {
          'x_proj.weight': [rank + 2 * states, inner],
          'dt_proj.weight': [inner, rank],
          'dt_proj.bias': [inner],
          A_log: [inner, states],
          D: [inner],
        }
      : { dt_bias: [heads], A_log: [heads], D: [heads], 'norm.weight': [inner] }),
  }
  if (config.use_conv_bias !== false) mixer['conv1d.bias'] = [convolved]
  if (config.use_bias) Object.assign(mixer, { 'in_proj.bias': [projected], 'out_proj.bias': [hidden] })
  const shapes: Shapes = { 'backbone.embeddings.weight': [vocabulary, hidden] }
  for (let i = 0; i < depth; i++)
    Object.assign(shapes, {
      [`backbone.layers.${i}.norm.weight`]: [hidden],
      ...prefixed(`backbone.layers.${i}.mixer.`, mixer),
    })
  shapes['backbone.norm_f.weight'] = [hidden]
  const tied = config.tie_word_embeddings ?? (config.model_type === 'mamba' && config.norm_eps === undefined)
  if (!tied) shapes['lm_head.weight'] = [vocabulary, hidden]
  return shapes
}

function rwkv7Shapes(config: Config): Shapes {
  const usual = 32
  const rank = (key: string): number => (config[key] as number | null) ?? usual
  const width = (config.intermediate_size as number | null) ?? 4 * hidden
  const norm = (name: string): Shapes => ({
    [`${name}.weight`]: [hidden],
    ...(config.norm_bias ? { [`${name}.bias`]: [hidden] } : {}),
  })
  const lora = (name: string, size: number, bias = true): Shapes => ({
    [`${name}_lora.lora.0.weight`]: [size, hidden],
    [`${name}_lora.lora.2.weight`]: [hidden, size],
    ...(bias ? { [`${name}_lora.lora.2.bias`]: [hidden] } : {}),
  })
  const shapes: Shapes = {
    'model.embeddings.weight': [vocabulary, hidden],
    ...(config.norm_first ? norm('model.layers.0.pre_norm') : {}),
  }
  for (let i = 0; i < depth; i++) {
    const mixer: Shapes = {
      ...Object.fromEntries(['r', 'w', 'k', 'v', 'a', 'g'].map((name) => [`x_${name}`, [1, 1, hidden]])),
      ...Object.fromEntries(['r', 'k', 'v', 'o'].map((name) => [`${name}_proj.weight`, [hidden, hidden]])),
      ...{ k_k: [hidden], k_a: [hidden], r_k: [hidden / 8, 8] },
      ...{ 'g_norm.weight': [hidden], 'g_norm.bias': [hidden] },
      ...lora('w', rank('decay_low_rank_dim')),
      ...lora('a', rank('a_low_rank_dim')),
      ...(i > 0 ? lora('v', rank('v_low_rank_dim')) : {}),
      ...lora('g', rank('gate_low_rank_dim'), false),
    }
    Object.assign(
      shapes,
      prefixed(`model.layers.${i}.`, {
        ...norm('attn_norm'),
        ...prefixed('attn.', mixer),
        ...norm('ffn_norm'),
        'ffn.x_k': [hidden],
        'ffn.key.weight': [width, hidden],
        'ffn.value.weight': [hidden, width],
      }),
    )
  }
  return { ...shapes, ...norm('model.norm'), 'lm_head.weight': [vocabulary, hidden] }
}
