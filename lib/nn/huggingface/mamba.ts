// Mamba as transformers keeps it, such as state-spaces/mamba-130m-hf.

import { commonMixer, type Format } from './format.ts'
import { readStateSpace, stateSpaceNames, writeStateSpace } from './state-space.ts'

const rankKeys = ['time_step_rank', 'dt_rank'] as const

export const mamba: Format = {
  modelType: 'mamba',
  architecture: 'MambaForCausalLM',
  kind: 'mamba',
  names: stateSpaceNames('mamba'),
  read(config) {
    // flash-linear-attention has a key of its own for the eps, and does not tie unless it says so.
    const tied = config.value('norm_eps') === undefined
    return readStateSpace(config, tied, ({ hidden, inner, layer }) => ({
      kind: 'mamba',
      inner,
      states: config.count('state_size', 16),
      dtRank: (config.value(rankKeys) ?? 'auto') === 'auto' ? Math.ceil(hidden / 16) : config.count(rankKeys),
      ...layer,
      eigenvalues: '[0,1]',
    }))
  },
  write(model) {
    const mixer = commonMixer(
      model.layers.map((layer) => layer.mixer),
      'mamba',
    )
    return {
      ...writeStateSpace(model, mixer, mixer.inner, []),
      intermediate_size: mixer.inner,
      state_size: mixer.states,
      time_step_rank: mixer.dtRank,
    }
  },
}
