// The skeleton that the models of flash-linear-attention share but RWKV-7: embeddings, blocks of RMSNorm, mixer, RMSNorm
// and SwiGLU, some of whose mixers may be softmax attention, a final norm and a head. A format is one layer put into it.

import { z } from 'zod'
import type { BlockConfig } from '../block.ts'
import type { LanguageModelConfig } from '../language-model.ts'
import type { AttentionConfig } from '../mixers/attention.ts'
import type { MixerConfig, MixerConfigs, MixerKind } from '../mixers.ts'
import { defaultNorm } from '../norm.ts'
import type { ConfigReader } from './config-reader.ts'
import { cannotWrite, commonEps, commonMixer, type Format, type NameRule } from './format.ts'

/** What differs between the models: one layer. */
export interface FlaLayer<Kind extends MixerKind> {
  readonly modelType: string
  readonly architecture: string
  readonly kind: Kind
  /** Names of tensors that have changed, before the rules that all layers share. */
  readonly names?: readonly NameRule[]
  readonly unused?: RegExp
  /** The layer that a config.json describes; `normEps` is that of its norm. */
  read(config: ConfigReader, shared: { hidden: number; normEps: number }): MixerConfigs[Kind]
  /** The keys of a layer, in the order of the published files. */
  write(mixer: MixerConfigs[Kind], hidden: number): Record<string, unknown>
}

/** Keys of training and of how kernels are chosen. */
const harmless = [
  ...['attn_mode', 'fuse_norm', 'fuse_swiglu', 'fuse_cross_entropy', 'fuse_linear_cross_entropy'],
  ...['use_l2warp'],
]

/** Two names of one function. */
const swiglu = ['swish', 'silu']

export function flaFormat<Kind extends MixerKind>(layer: FlaLayer<Kind>): Format {
  const { modelType, architecture, kind, unused } = layer
  return {
    modelType,
    architecture,
    kind,
    ...(unused && { unused }),
    names: [
      ['embeddings.', 'model.embeddings.', 'model.embedding.'],
      ['layers.{i}.mixer_norm.', 'model.layers.{i}.attn_norm.'],
      ...(layer.names ?? []),
      [`layers.{i}.${kind}.`, 'model.layers.{i}.attn.'],
      ['layers.{i}.attention.', 'model.layers.{i}.attn.'],
      ['layers.{i}.mlp_norm.', 'model.layers.{i}.mlp_norm.'],
      ['layers.{i}.mlp.', 'model.layers.{i}.mlp.'],
      ['norm.', 'model.norm.'],
      ['lm_head.', 'lm_head.'],
    ],
    read(config) {
      config.ignore(...harmless)
      config.require('attnres_block_size', [], 'attention over residuals is not computed here')
      config.require('hidden_act', swiglu, 'feed-forward layers here are SwiGLU')
      const hidden = config.count('hidden_size')
      const depth = config.count('num_hidden_layers')
      const normEps = config.positive(['norm_eps', 'rms_norm_eps'], 1e-6)
      const mixer = layer.read(config, { hidden, normEps })
      const width = feedForwardWidth(config, hidden)
      const attention = attentionLayers(config, hidden, depth)
      return {
        vocabulary: config.count('vocab_size'),
        hidden,
        layers: Array.from(
          { length: depth },
          (_, i): BlockConfig => ({
            mixer: attention.get(i) ?? mixer,
            mlp: { width },
          }),
        ),
        norm: { kind: 'rms', eps: normEps },
        tieEmbeddings: config.flag('tie_word_embeddings', false),
      }
    },
    write(model) {
      const { hidden, layers, tieEmbeddings, vocabulary } = model
      const mixers = layers.map(({ mixer }) => mixer)
      const mixer = commonMixer(
        mixers.filter(({ kind }) => kind !== 'attention'),
        kind,
      )
      const { normEps = defaultNorm.eps } = mixer as { normEps?: number }
      return {
        attn_mode: 'chunk',
        hidden_size: hidden,
        num_hidden_layers: layers.length,
        ...layer.write(mixer, hidden),
        attn: attentionKeys(mixers, hidden),
        hidden_ratio: 4,
        intermediate_size: commonWidth(model),
        hidden_act: 'swish',
        norm_eps: commonEps(model, 'rms', [normEps]),
        tie_word_embeddings: tieEmbeddings,
        vocab_size: vocabulary,
        ...{ fuse_norm: true, fuse_swiglu: true, fuse_cross_entropy: true },
      }
    },
  }
}

/** Where no width is given it is two thirds of the ratio, rounded up to a multiple of 256. */
function feedForwardWidth(config: ConfigReader, hidden: number): number {
  const ratio = config.positive('hidden_ratio', 4)
  const width = 256 * Math.ceil(Math.trunc((hidden * ratio * 2) / 3) / 256)
  return config.count('intermediate_size', Math.max(width, 256))
}

function commonWidth({ layers, normEmbeddings }: LanguageModelConfig): number {
  if (normEmbeddings) throw cannotWrite('its embeddings are normalised, the format has no norm for them')
  const [first] = layers
  const width = first?.mlp?.width
  const alike = layers.every(({ mlp }) => mlp?.width === width && (mlp?.kind ?? 'swiglu') === 'swiglu')
  if (width === undefined || !alike)
    throw cannotWrite('the format has a SwiGLU layer of the same width in every block')
  return width
}

/** What softmax attention can be here; anything else in `attn` is refused. */
const attentionSchema = z.strictObject({
  layers: z.array(z.number().int().nonnegative()),
  num_heads: z.number().int().positive(),
  num_kv_heads: z.number().int().positive().nullish(),
  qkv_bias: z.literal(false).nullish(),
  window_size: z.number().int().positive().nullish(),
  rope_theta: z.literal(10000).nullish(),
})

/** The layers that `attn` turns into softmax attention. */
function attentionLayers(config: ConfigReader, hidden: number, depth: number): Map<number, AttentionConfig> {
  const found = new Map<number, AttentionConfig>()
  const value = config.value('attn')
  if (value === undefined) return found
  for (const entry of [value].flat()) {
    const settings = attentionSchema.safeParse(entry).data
    const { num_heads: heads = 0, num_kv_heads: keyHeads, layers = [] } = settings ?? {}
    const headDim = hidden / heads
    const fits = headDim % 2 === 0 && (keyHeads ?? heads) === heads && layers.every((i) => i < depth)
    if (fits)
      for (const i of layers)
        found.set(i, { kind: 'attention', heads, headDim, window: settings?.window_size ?? 0 })
    else
      config.refuse(
        'attn',
        'attention here has as many key heads as heads, of even width, no biases and a rotary base of 10000',
      )
  }
  return found
}

/** `attn` of a model some of whose layers are softmax attention. */
function attentionKeys(mixers: readonly MixerConfig[], hidden: number): Record<string, unknown> | null {
  const layers = mixers.flatMap(({ kind }, i) => (kind === 'attention' ? [i] : []))
  if (layers.length === 0) return null
  const { heads, headDim, window } = commonMixer(
    layers.map((i) => mixers[i] as MixerConfig),
    'attention',
  )
  if (heads * headDim !== hidden)
    throw cannotWrite(`attention is ${heads * headDim} wide, in the format as wide as the model, ${hidden}`)
  return {
    ...{ layers, num_heads: heads, num_kv_heads: heads, qkv_bias: false },
    ...{ window_size: window === 0 ? null : window, rope_theta: 10000 },
  }
}
