// The mixers a network can be made of, by the kind their configuration names. A new mixer is a file in mixers/ and a
// line in each of the two tables here.

import type { LayerOptions } from './layer.ts'
import type { Mixer } from './mixer.ts'
import { Attention, type AttentionConfig } from './mixers/attention.ts'
import { DeltaNet, type DeltaNetConfig } from './mixers/deltanet.ts'
import { DeltaProduct, type DeltaProductConfig } from './mixers/deltaproduct.ts'
import { GatedDeltaNet, type GatedDeltaNetConfig } from './mixers/gated-deltanet.ts'
import { GatedLinearAttention, type GatedLinearAttentionConfig } from './mixers/gla.ts'
import { KimiDeltaAttention, type KimiDeltaAttentionConfig } from './mixers/kda.ts'
import { Mamba, type MambaConfig } from './mixers/mamba.ts'
import { Mamba2, type Mamba2Config } from './mixers/mamba2.ts'
import { MLstm, type MLstmConfig } from './mixers/mlstm.ts'
import { Rwkv7, type Rwkv7Config } from './mixers/rwkv7.ts'

export interface MixerConfigs {
  deltanet: DeltaNetConfig
  'gated-deltanet': GatedDeltaNetConfig
  deltaproduct: DeltaProductConfig
  kda: KimiDeltaAttentionConfig
  mamba: MambaConfig
  mamba2: Mamba2Config
  gla: GatedLinearAttentionConfig
  mlstm: MLstmConfig
  rwkv7: Rwkv7Config
  attention: AttentionConfig
}

export type MixerKind = keyof MixerConfigs
export type MixerConfig = MixerConfigs[MixerKind]

const constructors: {
  [Kind in MixerKind]: new (
    config: Omit<MixerConfigs[Kind], 'kind'> & { hidden: number },
    options: LayerOptions,
  ) => Mixer
} = {
  deltanet: DeltaNet,
  'gated-deltanet': GatedDeltaNet,
  deltaproduct: DeltaProduct,
  kda: KimiDeltaAttention,
  mamba: Mamba,
  mamba2: Mamba2,
  gla: GatedLinearAttention,
  mlstm: MLstm,
  rwkv7: Rwkv7,
  attention: Attention,
}

export const mixerKinds = Object.keys(constructors) as MixerKind[]

/** Why a mixer has no choice of eigenvalues, for those that have none. */
export const withoutEigenvalues: Partial<Record<MixerKind, string>> = {
  attention: 'it has no state transition',
  mlstm: 'its decays are sigmoids, in (0, 1)',
  rwkv7: 'its eigenvalues are above −0.46, whatever is learned',
}

/** @throws RangeError if `kind` names no mixer. */
export function checkMixerKind(kind: string): MixerKind {
  if (kind in constructors) return kind as MixerKind
  throw new RangeError(`\`model\` must be one of ${mixerKinds.join(', ')}, got "${kind}"`)
}

/** The mixer that a configuration describes, of the given hidden width. */
export function createMixer(config: MixerConfig, hidden: number, options: LayerOptions = {}): Mixer {
  const create = constructors[checkMixerKind(config.kind)] as new (
    config: MixerConfig & { hidden: number },
    options: LayerOptions,
  ) => Mixer
  return new create({ ...config, hidden }, options)
}
