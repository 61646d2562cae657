// What a network of each kind is made of and trained with where the caller does not say: small enough for two cores.

import type { MixerConfig, MixerKind } from '../nn/mixers.ts'
import type { SequenceNetworkConfig } from '../nn/sequence-network.ts'
import type { Eigenvalues } from '../tensor/ops/eigenvalues.ts'

export interface Recipe {
  hidden: number
  layers: number
  heads: number
  /** Width of the MLPs as a multiple of the hidden width; 0 for none. */
  mlpRatio: number
  /** Taps of the short convolutions; 0 for none, where the mixer can do without. */
  convolution: number
  steps: number
  learningRate: number
  weightDecay: number
  /** Of AdamW. */
  eps: number
  /** Share of the steps over which the strings of a task grow to their full length. */
  curriculum: number
  /** Sequences a step. */
  batch: number
}

const textRecipe: Recipe = {
  hidden: 128,
  layers: 2,
  heads: 4,
  mlpRatio: 2,
  convolution: 4,
  steps: 500,
  learningRate: 2e-3,
  weightDecay: 0.01,
  eps: 1e-8,
  curriculum: 0,
  batch: 8,
}

/**
 * Tracking a state for longer than was trained needs eigenvalues within 1/length of ±1, long after the loss is next to
 * nothing: hence no weight decay, a high rate, and an eps below the gradients that are left then. Convolutions and MLPs
 * only make room for solutions that hold for the trained lengths.
 */
const taskRecipe: Recipe = {
  hidden: 32,
  layers: 1,
  heads: 2,
  mlpRatio: 0,
  convolution: 0,
  steps: 1500,
  learningRate: 1e-2,
  weightDecay: 0,
  eps: 1e-15,
  curriculum: 0.4,
  batch: 64,
}

const recipes: Record<'text' | 'task', { all: Recipe; mixers: Partial<Record<MixerKind, Partial<Recipe>>> }> =
  {
    text: { all: textRecipe, mixers: {} },
    task: { all: taskRecipe, mixers: {} },
  }

/** How a network of this kind is trained on a text, or on a task. */
export function recipeFor(input: 'text' | 'task', kind: MixerKind): Recipe {
  const { all, mixers } = recipes[input]
  return { ...all, ...mixers[kind] }
}

/**
 * The layers of a network that has one mixer throughout.
 *
 * @throws RangeError if the heads do not divide the hidden width.
 */
export function uniformLayers(
  kind: MixerKind,
  options: Pick<Recipe, 'hidden' | 'layers' | 'heads' | 'mlpRatio' | 'convolution'> & {
    eigenvalues: Eigenvalues
  },
): SequenceNetworkConfig['layers'] {
  const { hidden, layers, mlpRatio } = options
  const width = Math.round(mlpRatio * hidden)
  const mixer = uniformMixer(kind, options)
  return Array.from({ length: layers }, (_, i) => ({
    mixer: mixer.kind === 'rwkv7' ? { ...mixer, valueResidual: i > 0 } : mixer,
    mlp: width > 0 ? { width } : null,
  }))
}

function uniformMixer(
  kind: MixerKind,
  options: { hidden: number; heads: number; convolution: number; eigenvalues: Eigenvalues },
): MixerConfig {
  const { hidden, heads, convolution, eigenvalues } = options
  if (kind === 'mamba')
    return {
      kind,
      inner: 2 * hidden,
      states: 16,
      dtRank: Math.ceil(hidden / 16),
      convolution: Math.max(1, convolution),
      eigenvalues,
    }
  if (hidden % heads !== 0)
    throw new RangeError(`\`heads\` must divide the hidden width of ${hidden}, got ${heads}`)
  const width = hidden / heads
  const shared = { heads, keyDim: width, valueDim: width, convolution, eigenvalues }
  const rank = Math.max(8, Math.round(hidden / 8))
  switch (kind) {
    case 'attention':
      return { kind, heads, headDim: width, window: 0 }
    case 'deltaproduct':
      return { kind, ...shared, householders: 2, forgetGate: false }
    case 'kda':
      return { kind, ...shared, lowerBound: null }
    case 'mamba2':
      return {
        ...{ kind, heads, headDim: 2 * width, states: 64, groups: 1 },
        ...{ convolution: Math.max(1, convolution), eigenvalues },
      }
    case 'gla': {
      // A decay of −1 asks for a gate near 0, from which a root keeps it away.
      const gateRoot = eigenvalues === '[-1,1]' ? 1 : 16
      return { kind, heads, keyDim: width, valueDim: width, gateRank: 16, gateRoot, eigenvalues }
    }
    case 'mlstm':
      return { kind, heads, headDim: 2 * width, block: 4, convolution: Math.max(1, convolution) }
    case 'rwkv7':
      return {
        ...{ kind, heads, headDim: width, decayRank: rank, rateRank: rank, gateRank: rank },
        valueResidual: false,
      }
    default:
      return { kind, ...shared }
  }
}
