// What the checkpoints of Mamba and Mamba-2 have in common. transformers and flash-linear-attention write the same
// tensors, under configurations whose keys differ in part; both are read, and those of transformers are written.

import type { LanguageModelConfig } from '../language-model.ts'
import type { MixerConfig } from '../mixers.ts'
import type { ConfigReader } from './config-reader.ts'
import { cannotWrite, commonEps, expansion, type NameRule } from './format.ts'

export const epsKeys = ['layer_norm_epsilon', 'norm_eps'] as const

/** Keys of initialisation and training, and those that files converted from the first release still have. */
const harmless = [
  ...['time_step_min', 'time_step_max', 'time_step_floor', 'time_step_scale', 'time_step_init_scheme'],
  ...['dt_min', 'dt_max', 'dt_init_floor', 'dt_scale', 'dt_init_scheme', 'use_mambapy', 'chunk_size'],
  ...['fuse_norm', 'fuse_cross_entropy', 'fuse_linear_cross_entropy', 'use_l2warp', 'use_triton_kernels'],
  ...['d_model', 'd_inner', 'n_layer', 'fused_add_norm', 'pad_vocab_size_multiple'],
]

export const stateSpaceNames = (kind: 'mamba' | 'mamba2'): readonly NameRule[] => [
  ['embeddings.', 'backbone.embeddings.', 'backbone.embedding.'],
  ['layers.{i}.mixer_norm.', 'backbone.layers.{i}.norm.'],
  [`layers.{i}.${kind}.`, 'backbone.layers.{i}.mixer.'],
  ['norm.', 'backbone.norm_f.'],
  ['lm_head.', 'lm_head.'],
]

/** The model around the mixer, which has `inner` channels. `tied` is what an absent key stands for. */
export function readStateSpace(
  config: ConfigReader,
  tied: boolean,
  mixerOf: (shared: {
    hidden: number
    inner: number
    normEps: number
    layer: { convolution: number; convolutionBias: boolean; bias: boolean }
  }) => MixerConfig,
): Omit<LanguageModelConfig, 'kind'> {
  config.ignore(...harmless)
  config.require('hidden_act', ['silu', 'swish'], 'the convolution and the gate pass SiLU here')
  config.require(['rms_norm', 'rmsnorm'], [true], 'the norms are RMSNorm here')
  config.require('ssm_cfg', [{}], 'layers have their published settings here')
  const hidden = config.count('hidden_size')
  const inner = config.whole('`hidden_size` times `expand`', hidden * config.positive('expand', 2))
  config.require('intermediate_size', [inner], `\`hidden_size\` times \`expand\` is ${inner}`)
  const normEps = config.positive(epsKeys, 1e-5)
  const layer = {
    convolution: config.count('conv_kernel', 4),
    convolutionBias: config.flag('use_conv_bias', true),
    bias: config.flag('use_bias', false),
  }
  const mixer = mixerOf({ hidden, inner, normEps, layer })
  return {
    vocabulary: config.count('vocab_size'),
    hidden,
    layers: Array.from({ length: config.count('num_hidden_layers') }, () => ({ mixer, mlp: null })),
    norm: { kind: 'rms', eps: normEps },
    tieEmbeddings: config.flag('tie_word_embeddings', tied),
  }
}

/** The keys around those of the mixer. */
export function writeStateSpace(
  model: LanguageModelConfig,
  mixer: {
    convolution: number
    convolutionBias?: boolean | undefined
    bias?: boolean | undefined
    eigenvalues: string
  },
  inner: number,
  epsOfLayers: readonly number[],
): Record<string, unknown> {
  const { vocabulary, hidden, layers, tieEmbeddings, normEmbeddings } = model
  if (mixer.eigenvalues !== '[0,1]')
    throw cannotWrite('the format has no key for eigenvalues in [-1,1]; others would compute [0,1]')
  if (normEmbeddings || layers.some(({ mlp }) => mlp)) throw cannotWrite('the format has nothing but mixers')
  return {
    vocab_size: vocabulary,
    hidden_size: hidden,
    num_hidden_layers: layers.length,
    layer_norm_epsilon: commonEps(model, 'rms', epsOfLayers),
    expand: expansion(inner, hidden),
    conv_kernel: mixer.convolution,
    use_bias: mixer.bias ?? false,
    use_conv_bias: mixer.convolutionBias ?? true,
    ...{ hidden_act: 'silu', rms_norm: true, residual_in_fp32: true },
    tie_word_embeddings: tieEmbeddings,
  }
}
