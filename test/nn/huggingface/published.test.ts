// The config.json files of published models, with the keys that they have, are understood.

import { expect, test } from 'vitest'
import { ConfigReader } from '../../../lib/nn/huggingface/config-reader.ts'
import { formats } from '../../../lib/nn/huggingface/formats.ts'
import { LanguageModel } from '../../../lib/nn/language-model.ts'
import { withoutWeights } from '../../../lib/nn/parameter.ts'
import type { Config } from './checkpoint.ts'

const tokens = { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0, use_cache: true }
const steps = {
  time_step_floor: 1e-4,
  time_step_init_scheme: 'random',
  time_step_max: 0.1,
  time_step_min: 0.001,
}
const flaTokens = { bos_token_id: 1, eos_token_id: 2, use_cache: true, initializer_range: 0.02 }

const published: [name: string, millions: number, config: Config][] = [
  [
    'state-spaces/mamba-130m-hf',
    129,
    {
      ...{ ...tokens, ...steps, _name_or_path: 'ArthurZ/mamba-130m', architectures: ['MambaForCausalLM'] },
      ...{ conv_kernel: 4, d_inner: 1536, d_model: 768, expand: 2, fused_add_norm: true, hidden_act: 'silu' },
      ...{ hidden_size: 768, initializer_range: 0.1, intermediate_size: 1536, layer_norm_epsilon: 1e-5 },
      ...{
        model_type: 'mamba',
        n_layer: 24,
        num_hidden_layers: 24,
        pad_vocab_size_multiple: 8,
        rms_norm: true,
      },
      ...{ rescale_prenorm_residual: false, residual_in_fp32: true, ssm_cfg: {}, state_size: 16 },
      ...{
        time_step_rank: 48,
        time_step_scale: 1,
        torch_dtype: 'float32',
        transformers_version: '4.39.0.dev0',
      },
      ...{ use_bias: false, use_conv_bias: true, vocab_size: 50280 },
    },
  ],
  [
    'AntonV/mamba2-130m-hf',
    129,
    {
      ...{ ...tokens, chunk_size: 256, conv_kernel: 4, expand: 2, head_dim: 64, hidden_act: 'silu' },
      ...{
        hidden_size: 768,
        initializer_range: 0.1,
        layer_norm_epsilon: 1e-5,
        model_type: 'mamba2',
        n_groups: 1,
      },
      ...{ num_heads: 24, num_hidden_layers: 24, rescale_prenorm_residual: false, residual_in_fp32: true },
      ...{ rms_norm: true, state_size: 128, tie_word_embeddings: true, time_step_floor: 1e-4 },
      ...{ time_step_limit: [0, Infinity], time_step_max: 0.1, time_step_min: 0.001, time_step_rank: 256 },
      ...{ transformers_version: '4.45.0.dev0', use_bias: false, use_conv_bias: true, vocab_size: 50288 },
    },
  ],
  [
    'Mamba-Codestral-7B as of transformers',
    7285,
    {
      ...{
        ...tokens,
        ...steps,
        architectures: ['Mamba2ForCausalLM'],
        chunk_size: 256,
        conv_kernel: 4,
        expand: 2,
      },
      ...{
        head_dim: 64,
        hidden_act: 'silu',
        hidden_size: 4096,
        initializer_range: 0.1,
        intermediate_size: 8192,
      },
      ...{
        layer_norm_epsilon: 1e-5,
        model_type: 'mamba2',
        n_groups: 8,
        norm_before_gate: true,
        num_heads: 128,
      },
      ...{ num_hidden_layers: 64, rescale_prenorm_residual: false, residual_in_fp32: true, state_size: 128 },
      ...{
        tie_word_embeddings: false,
        time_step_limit: [0, Infinity],
        time_step_rank: 256,
        time_step_scale: 1,
      },
      ...{ torch_dtype: 'bfloat16', use_bias: false, use_conv_bias: true, vocab_size: 32768 },
    },
  ],
  [
    'fla-hub/delta_net-1.3B-100B',
    1366,
    {
      ...{ ...flaTokens, model_type: 'delta_net', attn: null, attn_mode: 'chunk', conv_size: 4, expand_k: 1 },
      ...{ expand_v: 1, fuse_cross_entropy: true, fuse_norm: true, hidden_act: 'swish', hidden_ratio: 4 },
      ...{ hidden_size: 2048, intermediate_size: null, max_position_embeddings: 2048, norm_eps: 1e-6 },
      ...{ norm_first: false, num_heads: 16, num_hidden_layers: 24, qk_activation: 'silu', qk_norm: 'l2' },
      ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16', use_beta: true, use_gate: false },
      ...{ use_output_norm: true, use_short_conv: true, vocab_size: 32000 },
    },
  ],
  [
    'fla-hub/gla-2.7B-100B',
    2704,
    {
      ...{ ...flaTokens, _name_or_path: 'fla-hub/gla-2.7B-100B', architectures: ['GLAForCausalLM'] },
      ...{ attn_mode: 'chunk', clamp_min: null, conv_size: 4, elementwise_affine: true, expand_k: 0.5 },
      ...{ expand_v: 1, feature_map: null, fuse_cross_entropy: true, fuse_norm: true, hidden_act: 'swish' },
      ...{ hidden_ratio: 4, hidden_size: 2560, intermediate_size: null, max_position_embeddings: 2048 },
      ...{ model_type: 'gla', norm_eps: 1e-6, num_heads: 5, num_hidden_layers: 32, num_kv_heads: null },
      ...{ rms_norm_eps: 1e-6, share_conv_kernel: true, tie_word_embeddings: false, torch_dtype: 'bfloat16' },
      ...{ use_gk: true, use_gv: false, use_output_gate: true, use_short_conv: false, vocab_size: 32000 },
    },
  ],
  [
    'fla-hub/rwkv7-0.4B-world',
    451,
    {
      ...{
        ...flaTokens,
        a_low_rank_dim: 64,
        architectures: ['RWKV7ForCausalLM'],
        attn: null,
        attn_mode: 'chunk',
      },
      ...{ auto_map: { AutoConfig: 'modeling_rwkv7.RWKV7Config' }, decay_low_rank_dim: 64 },
      ...{ fuse_cross_entropy: true, fuse_norm: false, gate_low_rank_dim: 128, head_dim: 64 },
      ...{ hidden_act: 'sqrelu', hidden_ratio: 4, hidden_size: 1024, intermediate_size: 4096 },
      ...{ max_position_embeddings: 2048, model_type: 'rwkv7', norm_bias: true, norm_eps: 1e-5 },
      ...{ norm_first: true, num_heads: null, num_hidden_layers: 24, tie_word_embeddings: false },
      ...{ torch_dtype: 'float32', v_low_rank_dim: 32, value_dim: Array(24).fill(1024), vocab_size: 65536 },
    },
  ],
]

test.each(published)('%s has %i million parameters', (_, millions, config) => {
  const format = formats.find(({ modelType }) => modelType === config.model_type)
  const reader = new ConfigReader(config)
  const model = new LanguageModel(format?.read(reader) ?? expect.fail(), { parameters: withoutWeights })
  expect(reader.finish()).toEqual([])
  expect(Math.round(model.parameterCount / 1e6)).toBe(millions)
})
