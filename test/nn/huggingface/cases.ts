// Small checkpoints of every format: configurations as the published files have them, and the tensors that they ask for.

import type { Config } from './checkpoint.ts'

const hidden = 32
const vocabulary = 19
const depth = 2

type Shapes = Record<string, number[]>

const fla: Config = {
  ...{ hidden_size: hidden, num_hidden_layers: depth, vocab_size: vocabulary, num_heads: 2, norm_eps: 1e-6 },
  ...{ hidden_ratio: 4, intermediate_size: 48, hidden_act: 'swish', attn: null, tie_word_embeddings: false },
  ...{ attn_mode: 'chunk', fuse_norm: true, fuse_swiglu: true, fuse_cross_entropy: true, bos_token_id: 1 },
  ...{ eos_token_id: 2, initializer_range: 0.02, max_position_embeddings: 2048, use_cache: true },
  ...{ torch_dtype: 'bfloat16', transformers_version: '4.48.2' },
}
const deltaNet: Config = {
  ...{ ...fla, model_type: 'delta_net', architectures: ['DeltaNetForCausalLM'], expand_k: 1, expand_v: 1 },
  ...{ use_gate: false, use_short_conv: true, conv_size: 4, use_beta: true, use_output_norm: true },
  ...{ qk_norm: 'l2', qk_activation: 'silu', norm_first: false },
}
const gatedDeltaNet: Config = {
  ...{ ...fla, model_type: 'gated_deltanet', expand_v: 2, head_dim: 8, num_v_heads: 4, use_gate: true },
  ...{ use_short_conv: true, conv_size: 4 },
}
const deltaProduct: Config = {
  ...{ ...fla, model_type: 'gated_deltaproduct', expand_v: 1.5, head_dim: 8, use_output_gate: true },
  ...{ use_short_conv: true, conv_size: 4, use_forget_gate: true, num_householder: 3 },
}
const kda: Config = {
  ...{ ...fla, model_type: 'kda', expand_v: 1, head_dim: 8, use_short_conv: true, conv_size: 4 },
  ...{ safe_gate: false, lower_bound: null },
}
const gla: Config = {
  ...{ ...fla, model_type: 'gla', expand_k: 0.5, expand_v: 1, num_kv_heads: null, feature_map: null },
  ...{
    use_short_conv: false,
    conv_size: 4,
    use_output_gate: true,
    clamp_min: null,
    elementwise_affine: true,
  },
  ...{ use_gk: true, use_gv: false, rms_norm_eps: 1e-6, share_conv_kernel: true },
}
const mamba: Config = {
  ...{ model_type: 'mamba', hidden_size: hidden, d_model: 77, num_hidden_layers: depth, n_layer: depth },
  ...{ vocab_size: vocabulary, state_size: 8, conv_kernel: 4, expand: 2, intermediate_size: 64, ssm_cfg: {} },
  ...{ time_step_rank: 3, layer_norm_epsilon: 1e-5, use_bias: false, use_conv_bias: true, rms_norm: true },
  ...{ residual_in_fp32: true, hidden_act: 'silu', time_step_min: 0.001, time_step_max: 0.1 },
  ...{ time_step_floor: 1e-4, time_step_init_scheme: 'random', fused_add_norm: true, torch_dtype: 'float32' },
}
const mamba2: Config = {
  ...{ model_type: 'mamba2', hidden_size: hidden, num_hidden_layers: depth, vocab_size: vocabulary },
  ...{ num_heads: 8, head_dim: 8, state_size: 16, n_groups: 1, chunk_size: 256, conv_kernel: 4, expand: 2 },
  ...{
    layer_norm_epsilon: 1e-5,
    use_bias: false,
    use_conv_bias: true,
    norm_before_gate: true,
    rms_norm: true,
  },
  ...{ residual_in_fp32: true, hidden_act: 'silu', tie_word_embeddings: false, time_step_rank: 256 },
}
const rwkv7: Config = {
  ...{ model_type: 'rwkv7', hidden_size: hidden, num_hidden_layers: depth, vocab_size: vocabulary },
  ...{ head_dim: 8, num_heads: null, decay_low_rank_dim: 5, gate_low_rank_dim: 6, a_low_rank_dim: 7 },
  ...{ v_low_rank_dim: 4, hidden_act: 'sqrelu', hidden_ratio: 4, intermediate_size: null, norm_first: true },
  ...{ norm_bias: true, norm_eps: 1e-5, attn: null, attn_mode: 'chunk', fuse_norm: true },
  ...{ fuse_cross_entropy: true, tie_word_embeddings: false, value_dim: [hidden, hidden] },
}
const attn = {
  layers: [1],
  num_heads: 4,
  num_kv_heads: 4,
  qkv_bias: false,
  window_size: 9,
  rope_theta: 10000,
}

const inBothRanges = (name: string, config: Config): [string, Config][] =>
  [false, true].map((allow_neg_eigval) => [
    `${name}, ${allow_neg_eigval ? '[-1,1]' : '[0,1]'}`,
    { ...config, allow_neg_eigval },
  ])

/** Every format, and what its files may say. */
export const checkpointCases: [name: string, config: Config][] = [
  ['DeltaNet without a key for its eigenvalues', deltaNet],
  ...inBothRanges('DeltaNet', deltaNet),
  ...inBothRanges('DeltaNet with gate and attention, without convolution, tied', {
    ...{ ...deltaNet, expand_k: 0.5, expand_v: 1.5, use_gate: true, use_short_conv: false },
    ...{ attn, tie_word_embeddings: true, norm_eps: 1e-3 },
  }),
  ...inBothRanges('Gated DeltaNet with grouped values', gatedDeltaNet),
  ...inBothRanges('Gated DeltaNet without a gate', {
    ...gatedDeltaNet,
    ...{ use_gate: false, num_v_heads: null, expand_v: 1, norm_eps: 1e-3 },
  }),
  ...inBothRanges('Gated DeltaProduct', deltaProduct),
  ...inBothRanges('DeltaProduct without gates', {
    ...deltaProduct,
    ...{ use_output_gate: false, use_forget_gate: false, num_householder: 2 },
  }),
  ...inBothRanges('KDA', kda),
  ...inBothRanges('KDA with grouped values and a lower bound', {
    ...kda,
    ...{ num_v_heads: 6, expand_v: 2, safe_gate: true, lower_bound: -5 },
  }),
  ['GLA', gla],
  [
    'GLA with norm and gate apart',
    { ...gla, fuse_norm: false, expand_k: 1, norm_eps: 1e-3, rms_norm_eps: 1e-3 },
  ],
  ['Mamba', mamba],
  ['Mamba with other biases', { ...mamba, use_bias: true, use_conv_bias: false, tie_word_embeddings: false }],
  [
    'Mamba of flash-linear-attention',
    {
      ...{ model_type: 'mamba', hidden_size: hidden, num_hidden_layers: depth, vocab_size: vocabulary },
      ...{ state_size: 8, norm_eps: 1e-3, expand: 2, dt_rank: 'auto', use_bias: false, dt_min: 0.001 },
    },
  ],
  ['Mamba-2', mamba2],
  ['Mamba-2 of 2 groups, tied', { ...mamba2, n_groups: 2, tie_word_embeddings: true, use_bias: true }],
  [
    'Mamba-2 of flash-linear-attention',
    {
      ...{ model_type: 'mamba2', hidden_size: hidden, num_hidden_layers: depth, vocab_size: vocabulary },
      ...{ head_dim: 16, state_size: 8, norm_eps: 1e-3, expand: 2, rmsnorm: true, norm_before_gate: false },
    },
  ],
  ['RWKV-7', rwkv7],
  [
    'RWKV-7 without biases, norm of embeddings and fusion',
    {
      ...{ ...rwkv7, norm_bias: false, norm_first: false, fuse_norm: false, norm_eps: 1e-3 },
      ...{ intermediate_size: 40, decay_low_rank_dim: null, v_low_rank_dim: null, value_dim: hidden },
    },
  ],
]

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
