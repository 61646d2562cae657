// Architectures: the choices that a supernet leaves open, and the language model that a choice stands for.

import type { Eigenvalues } from '../tensor/ops/eigenvalues.ts'
import type { BlockConfig } from './block.ts'
import type { LanguageModelConfig } from './language-model.ts'
import type { MixerConfig } from './mixers.ts'

/** Mixers whose sub-networks are slices of a larger one. */
export type ElasticMixer = 'deltanet' | 'gated-deltanet' | 'deltaproduct' | 'mamba' | 'attention'

/** What the layers of a supernet may be; every list is in ascending order, its last entry the largest. */
export interface SupernetConfig {
  vocabulary: number
  hidden: readonly number[]
  depth: readonly number[]
  mixers: readonly ElasticMixer[]
  heads: readonly number[]
  /** Key width of a head (head width of attention); not elastic, because keys are normalised to unit length. */
  keyDim: number
  valueDim: readonly number[]
  /** Delta steps a token of DeltaProduct. */
  householders: readonly number[]
  /** Inner channels of Mamba as a multiple of the hidden width. */
  expand: readonly number[]
  /** States a channel of Mamba. */
  states: number
  /** Width of the MLP as a multiple of the hidden width; 0 for none. */
  mlpRatio: readonly number[]
  eigenvalues: readonly Eigenvalues[]
  /** Taps of the short convolutions. */
  convolution: number
}

/** One layer's choices; those that its mixer does not have are absent. */
export interface LayerChoice {
  mixer: ElasticMixer
  heads?: number
  valueDim?: number
  householders?: number
  expand?: number
  eigenvalues?: Eigenvalues
  mlpRatio: number
}

export interface Architecture {
  hidden: number
  layers: readonly LayerChoice[]
}

/** The choices that each mixer has beside its MLP. */
export const mixerChoices = {
  deltanet: ['heads', 'valueDim', 'eigenvalues'],
  'gated-deltanet': ['heads', 'valueDim', 'eigenvalues'],
  deltaproduct: ['heads', 'valueDim', 'householders', 'eigenvalues'],
  mamba: ['expand', 'eigenvalues'],
  attention: ['heads'],
} as const satisfies Record<ElasticMixer, readonly (keyof LayerChoice)[]>

/** @throws RangeError naming the choice that the architecture's mixer needs and lacks. */
function chosen<Key extends keyof LayerChoice>(choice: LayerChoice, key: Key): NonNullable<LayerChoice[Key]> {
  const value = choice[key]
  if (value === undefined) throw new RangeError(`a ${choice.mixer} layer needs \`${key}\``)
  return value as NonNullable<LayerChoice[Key]>
}

function mixerConfig(supernet: SupernetConfig, hidden: number, choice: LayerChoice): MixerConfig {
  const { keyDim, convolution, states } = supernet
  switch (choice.mixer) {
    case 'mamba':
      return {
        kind: 'mamba',
        inner: Math.round(chosen(choice, 'expand') * hidden),
        states,
        // The rank is that of the widest network: x_proj keeps step sizes, B and C in one dimension that cannot be sliced.
        dtRank: Math.max(1, Math.ceil((supernet.hidden.at(-1) ?? hidden) / 16)),
        convolution,
        eigenvalues: chosen(choice, 'eigenvalues'),
      }
    case 'attention':
      return { kind: 'attention', heads: chosen(choice, 'heads'), headDim: keyDim, window: 0 }
    default: {
      const shared = {
        heads: chosen(choice, 'heads'),
        keyDim,
        valueDim: chosen(choice, 'valueDim'),
        convolution,
        eigenvalues: chosen(choice, 'eigenvalues'),
      }
      if (choice.mixer !== 'deltaproduct') return { kind: choice.mixer, ...shared }
      return {
        kind: 'deltaproduct',
        householders: chosen(choice, 'householders'),
        forgetGate: false,
        ...shared,
      }
    }
  }
}

/** The language model that an architecture stands for. */
export function languageModelConfig(
  supernet: SupernetConfig,
  architecture: Architecture,
): LanguageModelConfig {
  const { hidden } = architecture
  const layers = architecture.layers.map((choice): BlockConfig => {
    const width = Math.round(choice.mlpRatio * hidden)
    return { mixer: mixerConfig(supernet, hidden, choice), mlp: width > 0 ? { width } : null }
  })
  return { kind: 'language-model', vocabulary: supernet.vocabulary, hidden, layers, tieEmbeddings: false }
}

/** The largest or smallest layer with this mixer. */
export function extremeLayer(
  supernet: SupernetConfig,
  mixer: ElasticMixer,
  which: 'largest' | 'smallest',
): LayerChoice {
  const pick = <T>(list: readonly T[]): T => (which === 'largest' ? list.at(-1) : list[0]) as T
  const layer: LayerChoice = { mixer, mlpRatio: pick(supernet.mlpRatio) }
  const all = {
    heads: pick(supernet.heads),
    valueDim: pick(supernet.valueDim),
    householders: pick(supernet.householders),
    expand: pick(supernet.expand),
    eigenvalues: pick(supernet.eigenvalues),
  }
  for (const key of mixerChoices[mixer]) Object.assign(layer, { [key]: all[key] })
  return layer
}

/** The largest or smallest architecture whose layers have these mixers; there are at least as many as layers. */
export function extremeArchitecture(
  supernet: SupernetConfig,
  mixers: readonly ElasticMixer[],
  which: 'largest' | 'smallest',
): Architecture {
  const depth = which === 'largest' ? supernet.depth.at(-1) : supernet.depth[0]
  return {
    hidden: (which === 'largest' ? supernet.hidden.at(-1) : supernet.hidden[0]) as number,
    layers: mixers.slice(0, depth).map((mixer) => extremeLayer(supernet, mixer, which)),
  }
}

/** One line a person can read: `96 wide · deltanet h4 v32 [-1,1] mlp×2 → mamba e2 [0,1]`. */
export function describeArchitecture({ hidden, layers }: Architecture): string {
  const parts = layers.map((layer) =>
    [
      layer.mixer,
      layer.heads !== undefined && `h${layer.heads}`,
      layer.valueDim !== undefined && `v${layer.valueDim}`,
      layer.householders !== undefined && `n${layer.householders}`,
      layer.expand !== undefined && `e${layer.expand}`,
      layer.eigenvalues,
      layer.mlpRatio > 0 && `mlp×${layer.mlpRatio}`,
    ]
      .filter(Boolean)
      .join(' '),
  )
  return `${hidden} wide · ${parts.join(' → ')}`
}
