// Mamba-2 as transformers keeps it, such as AntonV/mamba2-130m-hf.

import { defaultNorm } from '../norm.ts'
import { commonMixer, type Format } from './format.ts'
import { readStateSpace, stateSpaceNames, writeStateSpace } from './state-space.ts'

export const mamba2: Format = {
  modelType: 'mamba2',
  architecture: 'Mamba2ForCausalLM',
  kind: 'mamba2',
  names: stateSpaceNames('mamba2'),
  read(config) {
    config.ignore(
      'time_step_rank',
      'A_init_range',
      'A_initializer_range',
      'conv_init',
      'conv_initializer_range',
    )
    // transformers writes the key and gates before the norm all the same.
    if (config.value('norm_eps') === undefined) config.ignore('norm_before_gate')
    else config.require('norm_before_gate', [false], 'outputs are gated before the norm here')
    config.require(['time_step_limit', 'dt_limit'], [[0, Infinity]], 'step sizes have no bounds here')
    config.require('D_has_hdim', [false], 'a head has one D here')
    return readStateSpace(config, false, ({ inner, normEps, layer }) => {
      const headDim = config.count('head_dim', 64)
      const heads = config.count('num_heads', config.whole('inner channels by `head_dim`', inner / headDim))
      if (heads * headDim !== inner)
        config.refuse('num_heads', `heads of ${headDim} channels have to make the ${inner} inner ones`)
      const groups = config.count('n_groups', 1)
      if (heads % groups !== 0) config.refuse('n_groups', `it has to divide the ${heads} heads`)
      return {
        kind: 'mamba2',
        heads,
        headDim,
        states: config.count('state_size', 128),
        groups,
        ...layer,
        normEps,
        eigenvalues: '[0,1]',
      }
    })
  },
  write(model) {
    const mixer = commonMixer(
      model.layers.map((layer) => layer.mixer),
      'mamba2',
    )
    const { heads, headDim, states, groups } = mixer
    return {
      ...writeStateSpace(model, mixer, heads * headDim, [mixer.normEps ?? defaultNorm.eps]),
      num_heads: heads,
      head_dim: headDim,
      state_size: states,
      n_groups: groups,
      ...{ chunk_size: 256, norm_before_gate: false },
    }
  },
}
