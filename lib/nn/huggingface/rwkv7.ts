// RWKV-7 as flash-linear-attention keeps it, such as fla-hub/rwkv7-1.5B-world.

import type { BlockConfig } from '../block.ts'
import type { LanguageModelConfig } from '../language-model.ts'
import type { Rwkv7Config } from '../mixers/rwkv7.ts'
import { defaultNorm } from '../norm.ts'
import type { ConfigReader } from './config-reader.ts'
import { cannotWrite, commonEps, commonMixer, type Format } from './format.ts'

/** What is added to squared lengths: by the fused norm, and by none, where it only keeps zeros from being divided by. */
const keyEps = { fused: 1e-6, plain: 1e-24 }

/** The rank of a projection that the configuration leaves open: a multiple of 32 near `factor` √hidden. */
const usualRank = (factor: number, hidden: number): number =>
  Math.max(32, roundHalfEven((factor * Math.sqrt(hidden)) / 32) * 32)

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

export const rwkv7: Format = {
  modelType: 'rwkv7',
  architecture: 'RWKV7ForCausalLM',
  kind: 'rwkv7',
  names: [
    ['embeddings.', 'model.embeddings.', 'model.embedding.'],
    ['embedding_norm.', 'model.layers.0.pre_norm.'],
    ['layers.{i}.mixer_norm.', 'model.layers.{i}.attn_norm.'],
    ['layers.{i}.rwkv7.', 'model.layers.{i}.attn.'],
    ['layers.{i}.mlp_norm.', 'model.layers.{i}.ffn_norm.'],
    ['layers.{i}.mlp.', 'model.layers.{i}.ffn.'],
    ['norm.', 'model.norm.'],
    ['lm_head.', 'lm_head.'],
  ],
  read(config) {
    config.ignore('attn_mode', 'fuse_cross_entropy', 'fuse_linear_cross_entropy', 'use_l2warp')
    config.require('attn', [], 'all layers of this model are RWKV-7 here')
    config.require('hidden_act', ['sqrelu'], 'the channel mix squares relu here')
    const hidden = config.count('hidden_size')
    const depth = config.count('num_hidden_layers')
    config.require(
      'value_dim',
      [hidden, Array.from({ length: depth }, () => hidden)],
      `values are as wide as the model, ${hidden}, here`,
    )
    const eps = config.positive('norm_eps', 1e-5)
    const mixer = readMixer(config, hidden, eps)
    const width = 32 * Math.ceil(Math.trunc(hidden * config.positive('hidden_ratio', 4)) / 32)
    const mlp = { width: config.count('intermediate_size', width), kind: 'channel-mix' } as const
    return {
      vocabulary: config.count('vocab_size'),
      hidden,
      layers: Array.from(
        { length: depth },
        (_, i): BlockConfig => ({
          mixer: { ...mixer, valueResidual: i > 0 },
          mlp,
        }),
      ),
      norm: { kind: 'layer', eps, bias: config.flag('norm_bias', true) },
      normEmbeddings: config.flag('norm_first', true),
      tieEmbeddings: config.flag('tie_word_embeddings', false),
    }
  },
  write(model) {
    const { vocabulary, hidden, layers, norm = defaultNorm, normEmbeddings = false, tieEmbeddings } = model
    const mixer = writtenMixer(model)
    const { heads, headDim, decayRank, rateRank, valueRank = rateRank, gateRank } = mixer
    if (heads * headDim !== hidden)
      throw cannotWrite(
        `its heads are ${heads * headDim} wide, in the format as wide as the model, ${hidden}`,
      )
    const eps = mixer.keyEps ?? keyEps.fused
    if (eps !== keyEps.fused && eps !== keyEps.plain)
      throw cannotWrite(`its keys have an eps of ${eps}, the format has ${keyEps.fused}`)
    const width = layers[0]?.mlp?.width
    if (width === undefined || layers.some(({ mlp }) => mlp?.kind !== 'channel-mix' || mlp.width !== width))
      throw cannotWrite('the format has a channel mix of the same width in every block')
    return {
      attn_mode: 'chunk',
      hidden_size: hidden,
      hidden_ratio: 4,
      intermediate_size: width,
      num_hidden_layers: layers.length,
      head_dim: headDim,
      num_heads: heads,
      decay_low_rank_dim: decayRank,
      gate_low_rank_dim: gateRank,
      a_low_rank_dim: rateRank,
      v_low_rank_dim: valueRank,
      hidden_act: 'sqrelu',
      norm_first: normEmbeddings,
      norm_bias: norm.bias ?? false,
      norm_eps: commonEps(model, 'layer', [mixer.normEps ?? defaultNorm.eps]),
      attn: null,
      tie_word_embeddings: tieEmbeddings,
      fuse_norm: eps === keyEps.fused,
      fuse_cross_entropy: true,
      vocab_size: vocabulary,
      value_dim: layers.map(() => hidden),
    }
  },
}

function readMixer(
  config: ConfigReader,
  hidden: number,
  normEps: number,
): Omit<Rwkv7Config, 'valueResidual'> {
  const given = config.value('num_heads')
  const headDim = config.count('head_dim', given === undefined ? 64 : hidden / config.count('num_heads'))
  const heads = config.count('num_heads', config.whole('`hidden_size` by `head_dim`', hidden / headDim))
  if (heads * headDim !== hidden)
    config.refuse('num_heads', `heads of ${headDim} have to make the width of ${hidden}`)
  const factor = headDim / 64
  return {
    kind: 'rwkv7',
    heads,
    headDim,
    decayRank: config.count('decay_low_rank_dim', usualRank(2.5 * factor, hidden)),
    rateRank: config.count('a_low_rank_dim', usualRank(2.5 * factor, hidden)),
    valueRank: config.count('v_low_rank_dim', usualRank(1.7 * factor, hidden)),
    gateRank: config.count('gate_low_rank_dim', usualRank(5, hidden)),
    normEps,
    keyEps: config.flag('fuse_norm', true) ? keyEps.fused : keyEps.plain,
  }
}

/** The layers, which have to differ in nothing but that the first has no values to mix with its own. */
function writtenMixer({ layers }: LanguageModelConfig): Rwkv7Config {
  const mixers = layers.map(({ mixer }) => mixer as Rwkv7Config)
  if (mixers.some(({ valueResidual }, i) => valueResidual !== i > 0))
    throw cannotWrite('in the format all layers but the first mix their values with the first one’s')
  return commonMixer(
    mixers.map((mixer) => ({ ...mixer, valueResidual: false })),
    'rwkv7',
  )
}
