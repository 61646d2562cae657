// Small checkpoints of every format, with configurations as the published files have them.

import type { Config } from './checkpoint.ts'
import { depth, hidden, vocabulary } from './shapes.ts'

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
